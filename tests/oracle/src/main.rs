//! Rules (a folder of files) and events (a JSON object a line) in; out comes a line `TITLE<tab>LINE` for each match.

use std::error::Error;
use std::{env, fs};

use rsigma_eval::Engine;
use rsigma_eval::event::JsonEvent;
use rsigma_parser::parse_sigma_yaml;
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let mut given = env::args().skip(1);
    let (rules, events) = (given.next().ok_or("no folder of rules")?, given.next().ok_or("no file of events")?);
    let mut engines = Vec::new();
    for file in fs::read_dir(rules)? {
        let path = file?.path();
        let mut engine = Engine::new();
        engine.add_collection(&parse_sigma_yaml(&fs::read_to_string(&path)?)?)?;
        engines.push((path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), engine));
    }
    for (number, line) in fs::read_to_string(events)?.lines().enumerate() {
        let event: Value = serde_json::from_str(line)?;
        for (title, engine) in &engines {
            if !engine.evaluate(&JsonEvent::borrow(&event)).is_empty() {
                println!("{title}\t{number}");
            }
        }
    }
    Ok(())
}
