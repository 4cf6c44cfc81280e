//! The files of a folder, by number.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::sealing::{Keys, Pieces, Seal};

const SEGMENT: &str = "pcapng";
const SEALED: &str = "sealed";
const INDEX: &str = "index";

/// A segment on disk; `length` are the octets of its file, `octets` those of its index too.
#[derive(Clone, Debug)]
pub struct Segment {
    pub number: u64,
    pub path: PathBuf,
    pub sealed: bool,
    pub length: u64,
    pub octets: u64,
    pub changed: SystemTime,
}

impl Segment {
    pub fn index(&self) -> PathBuf {
        self.path.with_extension(INDEX)
    }

    /// What it is sealed by.
    pub fn seal(&self, keys: &Keys) -> Option<Seal> {
        self.sealed.then(|| seal(&self.path, keys))
    }

    /// What it holds, to be read.
    pub fn open(&self, keys: &Keys) -> io::Result<Content> {
        let file = File::open(&self.path)?;
        Ok(match self.seal(keys) {
            None => Content::Clear(file),
            Some(seal) => Content::Sealed(Pieces::new(file, seal)?),
        })
    }

    /// Forget it; a reader that has it open reads on.
    pub fn remove(&self) -> io::Result<()> {
        let _ = fs::remove_file(self.index());
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// The octets of a segment, sealed on disk or not.
#[derive(Debug)]
pub enum Content {
    Clear(File),
    Sealed(Pieces),
}

impl Content {
    /// Where reading goes on behind damage, if it does.
    pub fn behind(&mut self) -> Option<u64> {
        if let Self::Sealed(pieces) = self { pieces.behind() } else { None }
    }

    /// What could not be opened; empty where all could.
    pub fn trouble(&self) -> &str {
        if let Self::Sealed(pieces) = self { &pieces.trouble } else { "" }
    }

    /// Which pieces could not be opened.
    pub fn unopened(&self) -> BTreeSet<String> {
        if let Self::Sealed(pieces) = self { pieces.unopened.clone() } else { BTreeSet::new() }
    }

    /// Octets of the file that are whole, of a file that gives so many.
    pub fn whole(&self, gives: u64) -> u64 {
        if let Self::Sealed(pieces) = self { pieces.whole } else { gives }
    }
}

impl Read for Content {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(file) => file.read(into),
            Self::Sealed(pieces) => pieces.read(into),
        }
    }
}

impl Seek for Content {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Clear(file) => file.seek(to),
            Self::Sealed(pieces) => pieces.seek(to),
        }
    }
}

/// Where segment `number` lies.
pub fn path(folder: &Path, number: u64, sealed: bool) -> PathBuf {
    folder.join(format!("{number:010}.{}", if sealed { SEALED } else { SEGMENT }))
}

/// The seal of the segment that lies there: by the names of its folder and its file, wherever the ring is.
pub fn seal(path: &Path, keys: &Keys) -> Seal {
    let name = |path: Option<&Path>| path.and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    Seal::new(keys, format!("{}/{}", name(path.parent()), name(Some(path))))
}

/// The segments of a folder, oldest first.
pub fn list(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut found: Vec<Segment> = fs::read_dir(folder)?.filter_map(|entry| segment(&entry.ok()?.path())).collect();
    found.sort_by_key(|segment| segment.number);
    Ok(found)
}

fn segment(path: &Path) -> Option<Segment> {
    let number = path.file_stem()?.to_str()?.parse().ok()?;
    let sealed = path.extension()? == SEALED;
    if !sealed && path.extension()? != SEGMENT {
        return None;
    }
    let about = fs::symlink_metadata(path).ok()?;
    if !about.is_file() {
        return None; // a link could lead anywhere
    }
    let changed = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let index = fs::metadata(path.with_extension(INDEX)).map_or(0, |index| index.len());
    let length = about.len();
    Some(Segment { number, path: path.to_owned(), sealed, length, octets: length + index, changed })
}

/// A folder that only its owner enters.
pub fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

/// A new file that only its owner reads.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)
}
