package main

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// kind is a licence that may be linked, and the words that only it has.
type kind struct {
	id    string // of SPDX
	words []string
	not   string // words that make it another one
}

// kinds are the licences that may be linked into a binary under the MPL, with
// what each is known by. What forbids that, such as the GPL, is not among
// them.
func kinds() []kind {
	const bsd = "redistribution and use in source and binary forms, with or without modification, are permitted"
	return []kind{
		{"Apache-2.0", []string{"apache license", "version 2.0"}, ""},
		{"BSD-2-Clause", []string{bsd}, "neither the name"},
		{"BSD-3-Clause", []string{bsd, "neither the name"}, ""},
		{"ISC", []string{"permission to use, copy, modify, and/or distribute this software for any purpose"}, ""},
		{"MIT", []string{"permission is hereby granted, free of charge, to any person obtaining a copy"}, ""},
		{"MPL-2.0", []string{"mozilla public license", "version 2.0"}, ""},
	}
}

// refused are words of licences that must not be linked, whatever stands
// beside them.
func refused() []string {
	return []string{"gnu general public license version", "gnu affero general public license version", "gnu lesser general public license version",
		"business source license", "server side public license", "commons clause", "elastic license"}
}

// licences are what a module is licensed under: all of what its texts are.
func (m module) licences() ([]string, error) {
	var all []string
	for _, t := range m.files {
		if strings.HasPrefix(strings.ToLower(path.Base(t.name)), "notice") {
			continue
		}
		found := kindsOf(t.content)
		if len(found) == 0 {
			return nil, fmt.Errorf("%s %s: its %s is no licence that may be linked, or none that is known", m.path, m.version, t.name)
		}
		for _, id := range found {
			if !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s %s has no licence: nobody may distribute it", m.path, m.version)
	}
	slices.Sort(all)
	return all, nil
}

// kindsOf are the licences that a text has; none when one of them is refused.
func kindsOf(content string) (found []string) {
	plain := strings.ToLower(strings.Join(strings.Fields(content), " "))
	// The MPL names the GPL, with a comma, among what it may be combined with.
	if slices.ContainsFunc(refused(), func(words string) bool { return strings.Contains(plain, words) }) {
		return nil
	}
	for _, k := range kinds() {
		has := func(words string) bool { return strings.Contains(plain, words) }
		if !slices.ContainsFunc(k.words, func(words string) bool { return !has(words) }) && (k.not == "" || !has(k.not)) {
			found = append(found, k.id)
		}
	}
	return found
}
