//! The base directory (PATH-6, PATH-7). Paths are bytes, since they may be
//! those of another system than the one this runs on.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Linux,
    MacOs,
    Windows,
    Other,
}

impl System {
    fn separator(self) -> u8 {
        if self == System::Windows { b'\\' } else { b'/' }
    }

    fn is_separator(self, byte: u8) -> bool {
        byte == b'/' || byte == self.separator()
    }

    /// The variables of its row in their order, and what follows their value.
    fn state_dirs(self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            System::Linux => &[
                ("XDG_STATE_HOME", &["roma", "checkpoints"]),
                ("HOME", &[".local", "state", "roma", "checkpoints"]),
            ],
            System::MacOs => {
                &[("HOME", &["Library", "Application Support", "roma", "checkpoints"])]
            }
            System::Windows => &[
                ("LOCALAPPDATA", &["roma", "checkpoints"]),
                ("APPDATA", &["roma", "checkpoints"]),
            ],
            System::Other => &[("HOME", &[".roma", "checkpoints"])],
        }
    }
}

/// The first directory that applies. `variable` looks one up; an empty value
/// counts as none, while an empty `explicit` or `project` is given.
pub fn base_dir(
    system: System,
    explicit: Option<&[u8]>,
    project: Option<&[u8]>,
    variable: impl Fn(&str) -> Option<Vec<u8>>,
) -> Vec<u8> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(explicit) = explicit {
        return explicit.to_vec();
    }
    if let Some(value) = set("ROMA_CHECKPOINT_DIR") {
        return value;
    }
    for (name, below) in system.state_dirs() {
        if let Some(value) = set(name) {
            return below.iter().fold(value, |path, part| join(system, path, part));
        }
    }
    match project {
        Some(project) => project.to_vec(),
        None => b"./.roma/checkpoints".to_vec(),
    }
}

fn join(system: System, mut path: Vec<u8>, part: &str) -> Vec<u8> {
    if !path.last().is_some_and(|last| system.is_separator(*last)) {
        path.push(system.separator());
    }
    path.extend(part.as_bytes());
    path
}
