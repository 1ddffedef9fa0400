package main

import (
	"encoding/hex"
	"fmt"

	"rckp"
)

func decode(r request) (response, error) {
	record, fault := rckp.Decode(r.Bytes)
	if fault != nil {
		return nil, fault
	}
	return response{"record": wire(record)}, nil
}

func encode(r request) (response, error) {
	record, err := recordOf(r)
	if err != nil {
		return nil, err
	}
	bytes, refusal := rckp.Encode(record)
	if refusal != nil {
		return nil, refusal
	}
	return response{"bytes": hex.EncodeToString(bytes)}, nil
}

// recordOf builds the record of a question.
func recordOf(r request) (rckp.Record, error) {
	values, err := values(r.Record)
	if err != nil {
		return rckp.Record{}, fmt.Errorf("%w: %w", errUnsupported, err)
	}
	record, refusal := rckp.FromValues(values)
	if refusal != nil {
		return rckp.Record{}, refusal
	}
	return record, nil
}
