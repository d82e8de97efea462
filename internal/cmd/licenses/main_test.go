package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestFresh checks that the list is the one of what is linked, here and now.
func TestFresh(t *testing.T) {
	if err := run("../../../THIRD_PARTY_LICENSES.md", true); err != nil {
		t.Error(err)
	}
}

// TestReleased checks that the archives take the list along, and that it knows
// every system that is released.
func TestReleased(t *testing.T) {
	text, err := os.ReadFile("../../../.goreleaser.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n      - THIRD_PARTY_LICENSES.md\n", "goos: [" + strings.Join(platforms(), ", ") + "]"} {
		if !strings.Contains(string(text), want) {
			t.Errorf(".goreleaser.yml lacks %q", want)
		}
	}
}

func TestLicences(t *testing.T) {
	const (
		mit   = "MIT License\n\nPermission is hereby granted, free of\ncharge, to any person obtaining a copy of this"
		bsd2  = "Redistribution and use in source and binary forms, with or without\nmodification, are permitted provided that"
		bsd3  = bsd2 + " ...\nNeither the name of Google"
		gpl   = "GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007"
		agpl  = "GNU Affero General Public License Version 3"
		mplv2 = "Mozilla Public License Version 2.0\n1.12. \"Secondary License\" means either the GNU General Public License, Version 2.0"
	)
	for _, tc := range []struct {
		files []text
		want  string
		err   string
	}{
		{[]text{{"LICENSE", mit}}, "MIT", ""},
		{[]text{{"LICENSE", bsd2}}, "BSD-2-Clause", ""},
		{[]text{{"LICENSE", bsd3}, {"sub/LICENSE.txt", mit}}, "BSD-3-Clause MIT", ""},
		{[]text{{"LICENSE", "Apache License\nVersion 2.0, January 2004"}, {"NOTICE", "Copyright somebody"}}, "Apache-2.0", ""},
		{[]text{{"LICENSE", mplv2}}, "MPL-2.0", ""},
		{[]text{{"COPYING", gpl}}, "", "its COPYING is no licence that may be linked"},
		{[]text{{"LICENSE", mit}, {"sub/COPYING", agpl}}, "", "its sub/COPYING is no licence that may be linked"},
		{[]text{{"LICENSE", "Business Source License 1.1 ... Mozilla Public License, version 2.0"}}, "", "no licence that may be linked"},
		{[]text{{"LICENSE", "Do what you want."}}, "", "none that is known"},
		{[]text{{"NOTICE", "Copyright somebody"}}, "", "has no licence"},
		{nil, "", "has no licence"},
	} {
		got, err := module{path: "example.com/m", version: "v1", files: tc.files}.licences()
		if strings.Join(got, " ") != tc.want || (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%v: got %v, %v; want %q, %q", tc.files, got, err, tc.want, tc.err)
		}
	}
}

// TestLinked checks that what is linked is found: a module of each kind of
// place, and no tool of the tests.
func TestLinked(t *testing.T) {
	modules, err := linked([]string{"linux"})
	if err != nil {
		t.Fatal(err)
	}
	has := func(path string) bool {
		return slices.ContainsFunc(modules, func(m module) bool { return m.path == path })
	}
	if !has("github.com/hashicorp/terraform-plugin-framework") || !has("golang.org/x/sys") {
		t.Error("a module that is linked is not listed")
	}
	if has("github.com/johannesboyne/gofakes3") || has("github.com/hashicorp/terraform-plugin-testing") {
		t.Error("a module that only tests use is listed")
	}
}
