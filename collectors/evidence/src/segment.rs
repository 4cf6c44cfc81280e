//! The files of a folder, by number.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const SEGMENT: &str = "pcapng";
const INDEX: &str = "index";

/// A segment on disk; `octets` are those of both files.
#[derive(Clone, Debug)]
pub struct Segment {
    pub number: u64,
    pub path: PathBuf,
    pub length: u64,
    pub octets: u64,
    pub changed: SystemTime,
}

impl Segment {
    pub fn index(&self) -> PathBuf {
        self.path.with_extension(INDEX)
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

/// Where segment `number` lies.
pub fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:010}.{SEGMENT}"))
}

/// The segments of a folder, oldest first.
pub fn list(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut found: Vec<Segment> = fs::read_dir(folder)?.filter_map(|entry| segment(&entry.ok()?.path())).collect();
    found.sort_by_key(|segment| segment.number);
    Ok(found)
}

fn segment(path: &Path) -> Option<Segment> {
    let number = path.file_stem()?.to_str()?.parse().ok()?;
    if path.extension()? != SEGMENT {
        return None;
    }
    let about = fs::symlink_metadata(path).ok()?;
    if !about.is_file() {
        return None; // a link could lead anywhere
    }
    let changed = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let index = fs::metadata(path.with_extension(INDEX)).map_or(0, |index| index.len());
    let length = about.len();
    Some(Segment { number, path: path.to_owned(), length, octets: length + index, changed })
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
