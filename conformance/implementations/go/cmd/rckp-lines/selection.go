package main

import (
	"encoding/json"
	"io"
	"strings"

	"rckp"
)

func list(r request) (response, error) {
	identity, err := r.identity()
	if err != nil {
		return nil, err
	}
	found, reported, err := r.store().Resumable(identity)
	if err != nil {
		return nil, err
	}
	paths := make([]string, 0, len(found))
	for _, c := range found {
		paths = append(paths, c.Path)
	}
	return response{"paths": hexList(paths), "reported": reportedPaths(reported)}, nil
}

func choose(r request) (response, error) {
	identity, err := r.identity()
	if err != nil {
		return nil, err
	}
	choice := rckp.Choice{RunID: r.RunID}
	if r.Answer != nil {
		var line *string // null: the end of the input
		if err := json.Unmarshal(r.Answer, &line); err != nil {
			return nil, err
		}
		typed := ""
		if line != nil {
			typed = *line
		}
		choice.Ask = rckp.Terminal(strings.NewReader(typed), io.Discard)
	}
	chosen, err := r.store().Select(identity, choice)
	if err != nil {
		return nil, err
	}
	if chosen == nil {
		return response{"selected": nil}, nil
	}
	return response{"selected": hexOf(chosen.Path)}, nil
}
