package rckp

import "strings"

// System is an operating system, as far as it matters for the base directory.
type System int

// The rows of the table of PATH-6.
const (
	OtherSystem System = iota
	Linux
	MacOS
	Windows
)

// separator joins the components of a path.
func (s System) separator() string {
	if s == Windows {
		return `\`
	}
	return "/"
}

// join appends components to a value that is taken as it is (PATH-7); only a
// separator at its end is not doubled.
func (s System) join(value string, components ...string) string {
	last := value[len(value)-1:]
	if last != s.separator() && !(s == Windows && last == "/") {
		value += s.separator()
	}
	return value + strings.Join(components, s.separator())
}

// place is a directory below the value of an environment variable.
type place struct {
	variable   string
	components []string
}

// statePlaces are the directories for state of each system (PATH-6, row 3).
var statePlaces = map[System][]place{
	Linux: {
		{"XDG_STATE_HOME", []string{"roma", "checkpoints"}},
		{"HOME", []string{".local", "state", "roma", "checkpoints"}},
	},
	MacOS: {
		{"HOME", []string{"Library", "Application Support", "roma", "checkpoints"}},
	},
	Windows: {
		{"LOCALAPPDATA", []string{"roma", "checkpoints"}},
		{"APPDATA", []string{"roma", "checkpoints"}},
	},
	OtherSystem: {
		{"HOME", []string{".roma", "checkpoints"}},
	},
}

// fallback is the last row of PATH-6.
const fallback = "./.roma/checkpoints"

// BaseDir gives the base directory (PATH-6). What is not given is nil; getenv
// gives the empty string for a variable that is not set, which is the same as
// an empty one (PATH-7).
func BaseDir(explicit, project *string, getenv func(string) string, system System) string {
	if explicit != nil {
		return *explicit
	}
	if value := getenv("ROMA_CHECKPOINT_DIR"); value != "" {
		return value
	}
	for _, p := range statePlaces[system] {
		if value := getenv(p.variable); value != "" {
			return system.join(value, p.components...)
		}
	}
	if project != nil {
		return *project
	}
	return fallback // as it stands there, on every system
}
