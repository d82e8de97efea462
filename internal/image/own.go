package image

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// on is the recipe of the image for one platform: what all have, and what it
// has for itself.
func (r Recipe) on(p v1.Platform) Recipe {
	if len(r.Own) == 0 {
		return r
	}
	r.Contents = slices.Concat(r.Contents, r.Own[p.String()])
	return r
}

// All lists the contents of all platforms, the common ones first.
func (r Recipe) All() []Content {
	all := slices.Clone(r.Contents)
	for _, p := range r.Platforms {
		all = append(all, r.Own[p.String()]...)
	}
	return all
}

// ownKeys are what platforms have for themselves, by what identifies it.
func (r Recipe) ownKeys() map[string][]any {
	if len(r.Own) == 0 {
		return nil
	}
	keys := map[string][]any{}
	for platform, list := range r.Own {
		for _, c := range list {
			keys[platform] = append(keys[platform], []string{string(c.Kind), c.Target, c.Digest})
		}
	}
	return keys
}

// Explicit refuses a program that was given for a platform and made for
// another one. It may not be what starts: what starts is looked at anyway.
func (c Content) Explicit(p v1.Platform) error {
	if !c.single || c.Kind != Files {
		return nil
	}
	made, err := readProgramFile(c.Local)
	if err != nil {
		return fmt.Errorf("reading the program %s: %w", c.Local, err)
	}
	return made.startsOn(c.Local, p)
}
