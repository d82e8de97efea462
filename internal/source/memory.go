package source

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
)

// Memory keeps trees in a directory of this machine, by their digests, and
// which tree the last plan of a resource was made of.
type Memory struct {
	Dir string
}

// Drift is what changed in the sources since a plan that was not applied yet.
type Drift struct {
	Changes Changes // empty when the tree of that plan is not at hand any more
	// SameRun tells that this is the plan's apply, which cannot go on: the
	// Terraform command that made it is still running, or was given its file.
	// Otherwise this may be a new plan just as well.
	SameRun bool
}

// plan is what is kept of a resource's last plan.
type plan struct {
	Digest   string
	Command  string   // the running Terraform command, empty when unknown
	Provider int      // this process
	Earlier  []string // digests of plans before that were not applied
}

// mostEarlier bounds how many plans may wait to be applied.
const mostEarlier = 20

// applied tells that this process is surely there to apply the plan.
func (p plan) applied() bool {
	return p.Provider != os.Getpid() && (p.Command != "" && p.Command == command() || applyingSavedPlan())
}

// Save keeps t under its digest, and returns that.
func (m Memory) Save(t Tree) (string, error) {
	digest := t.Digest()
	file := m.treeFile(digest)
	if _, err := os.Stat(file); err == nil {
		return digest, nil
	}
	return digest, cache.Write(file, t.encode)
}

// Load returns the tree of a digest; its root is empty. A tree that is not at
// hand is fs.ErrNotExist.
func (m Memory) Load(digest string) (Tree, error) {
	data, err := os.ReadFile(m.treeFile(digest))
	if err != nil {
		return Tree{}, err
	}
	sum := sha256.Sum256(data)
	if digest != "sha256:"+hex.EncodeToString(sum[:]) {
		return Tree{}, fmt.Errorf("the manifest of %s is damaged: %w", digest, fs.ErrNotExist)
	}
	return decode(data)
}

// Key names a resource by what its configuration says about its sources.
func Key(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Plan notes that a plan of key is made of t, and tells how t differs from
// the tree of the plan before, if that was not applied: nil when it does not.
// Not pending says that the plan changes nothing.
func (m Memory) Plan(key string, t Tree, pending bool) (*Drift, error) {
	digest, err := m.Save(t)
	if err != nil {
		return nil, err
	}
	last, noted := m.last(key)
	var drift *Drift
	if noted {
		drift = m.drift(last, t, digest)
	}
	if !pending {
		return drift, m.Applied(key)
	}
	next := plan{Digest: digest, Command: command(), Provider: os.Getpid()}
	for _, d := range append([]string{last.Digest}, last.Earlier...) {
		if d != "" && d != digest && len(next.Earlier) < mostEarlier {
			next.Earlier = append(next.Earlier, d)
		}
	}
	return drift, cache.Save(m.planFile(key), next)
}

// Applying tells that this process is surely there to apply the last plan of
// key.
func (m Memory) Applying(key string) bool {
	last, noted := m.last(key)
	return noted && last.applied()
}

func (m Memory) last(key string) (p plan, ok bool) {
	return p, cache.Load(m.planFile(key), &p)
}

func (m Memory) drift(last plan, t Tree, digest string) *Drift {
	// A plan file may be older than the last plan.
	if last.Digest == digest || slices.Contains(last.Earlier, digest) && applyingSavedPlan() {
		return nil
	}
	d := &Drift{SameRun: last.applied()}
	if old, err := m.Load(last.Digest); err == nil {
		d.Changes = t.Diff(old)
	}
	return d
}

// Applied notes that the last plan of key was applied.
func (m Memory) Applied(key string) error {
	err := os.Remove(m.planFile(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (m Memory) treeFile(digest string) string {
	return filepath.Join(m.Dir, "sources", strings.TrimPrefix(digest, "sha256:"))
}

func (m Memory) planFile(key string) string {
	return filepath.Join(m.Dir, "plans", key+".json")
}
