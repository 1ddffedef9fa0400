package rckp

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// shownPayload is how many characters of a payload are shown (SEL-9).
const shownPayload = 80

// Terminal asks a person: it shows the checkpoints and reads one line (SEL-9).
func Terminal(in io.Reader, out io.Writer) func([]Checkpoint) (string, bool) {
	return func(found []Checkpoint) (string, bool) {
		show(out, found, time.Now())
		line, err := bufio.NewReader(in).ReadString('\n')
		return line, err == nil || line != ""
	}
}

// show lists the checkpoints in their order, numbered from 1 (SEL-9).
func show(out io.Writer, found []Checkpoint, now time.Time) {
	for i, c := range found {
		r := c.Record
		fmt.Fprintf(out, "%d: written %s, has run %s, %s: %s\n", i+1,
			age(r.CreatedAtMs, now), hoursMinutesSeconds(r.ElapsedMillis/1000),
			r.Status, escape(firstCharacters(r.StepStatePayload, shownPayload)))
	}
	fmt.Fprint(out, "0: a new run\nNumber? ")
}

func age(createdAtMs uint64, now time.Time) string {
	ms := uint64(max(0, now.UnixMilli()))
	if createdAtMs > ms {
		return "in the future"
	}
	return hoursMinutesSeconds((ms-createdAtMs)/1000) + " ago"
}

// hoursMinutesSeconds takes as many hours as it needs (SEL-9).
func hoursMinutesSeconds(seconds uint64) string {
	return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}

func firstCharacters(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// escape makes a text harmless to a terminal: it escapes control characters, what
// reverses or hides text, and what is unassigned or private (LIM-5).
func escape(text string) string {
	var out strings.Builder
	for _, c := range text {
		switch {
		case c == '\\':
			out.WriteString(`\\`)
		case unicode.IsGraphic(c) && c != '\u2028' && c != '\u2029':
			out.WriteRune(c) // assigned, and none of the categories C and the like
		default:
			fmt.Fprintf(&out, `\u{%x}`, c)
		}
	}
	return out.String()
}
