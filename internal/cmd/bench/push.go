package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/image"
)

// pushRows push images of directories: below dir lies one directory a layer.
func pushRows(dir string) []row {
	one, six := filepath.Join(dir, "layer"), filepath.Join(dir, "layers")
	cold := &pushing{layers: []string{one}, hub: &hub{}, engine: findEngine(), work: filepath.Join(dir, "cold"), anew: true}
	again := &pushing{layers: []string{one}, hub: &hub{}, engine: findEngine(), work: filepath.Join(dir, "again")}
	changed := &pushing{hub: &hub{delay: 50 * time.Millisecond}, engine: findEngine(), work: filepath.Join(dir, "changed")}
	for i := range 6 {
		changed.layers = append(changed.layers, filepath.Join(six, fmt.Sprintf("l%d", i)))
	}
	megabytes := sync.OnceValue(func() error { return errors.Join(megabytes(one, 100), settle()) })
	turn := 0
	// The topmost layer changes: an engine that builds makes those above anew.
	change := func(context.Context) error {
		turn++
		return lay(filepath.Join(changed.layers[5], "a"), bytes.Repeat(fmt.Appendf(nil, "%d", turn), 30_000))
	}
	return []row{
		{
			name: "Push of a 100 MB layer, cold", ready: cold.readyWith(megabytes), done: cold.done,
			ours:  way{before: all(cold.hub.renew, forget), run: cold.ours, observe: cold.hub.count},
			peers: cold.peers(func(way) func(context.Context) error { return cold.hub.renew }),
			floor: &way{before: cold.hub.renew, run: cold.floor},
			goals: []goal{ofFloor(1.15), faster("crane", 4)},
		},
		{
			name: "Push of a 100 MB layer that is there", ready: again.readyWith(megabytes, func() error { return again.hub.renew(context.Background()) }), done: again.done,
			ours:  way{before: all(again.ours, again.hub.forget), run: again.ours, observe: again.hub.count},
			peers: again.peers(func(p way) func(context.Context) error { return p.run }),
		},
		{
			name: "Push of one changed layer of six, 50 ms a request", done: changed.done,
			ready: changed.readyWith(func() error {
				for _, l := range changed.layers {
					if err := lay(filepath.Join(l, "a"), []byte(l)); err != nil {
						return err
					}
				}
				return changed.hub.renew(context.Background())
			}),
			ours:  way{before: all(changed.ours, change, changed.hub.forget), run: changed.ours, observe: changed.hub.count},
			peers: changed.peers(func(p way) func(context.Context) error { return all(p.run, change) }),
			goals: []goal{asks(5, 3)},
		},
	}
}

// all does one thing after another.
func all(steps ...func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, step := range steps {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// pushing is an image of directories on its way into a registry.
type pushing struct {
	layers []string
	hub    *hub
	engine *engine
	work   string        // a directory for what others need
	anew   bool          // nothing may be known from a push before
	memory *image.Memory // what the state holds of the image before
}

// readyWith makes what is pushed, and starts an engine where one can be.
func (p *pushing) readyWith(steps ...func() error) func() error {
	return func() error {
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
		return p.engine.start()
	}
}

func (p *pushing) done() error {
	p.hub.close()
	return p.engine.stop()
}

// ours is a whole apply: the files, the image, the push.
func (p *pushing) ours(ctx context.Context) error {
	m := image.Maker{
		Store:    image.Store{Dir: os.Getenv("AWSDEPLOY_CACHE_DIR")},
		Registry: image.NewRegistry(authn.DefaultKeychain, "bench", clock.System{}),
	}
	r := image.Recipe{Base: image.Scratch, Platforms: []v1.Platform{{OS: "linux", Architecture: "amd64"}}}
	for i, dir := range p.layers {
		c, err := image.ReadFiles(ctx, fmt.Sprintf("/srv%d", i), dir, 0)
		if err != nil {
			return err
		}
		r.Contents = append(r.Contents, c)
	}
	repo, err := p.hub.repository()
	if err != nil {
		return err
	}
	known := p.memory
	if known != nil && known.Home != repo.Name() {
		known = nil
	}
	made, err := m.Make(ctx, r, known)
	if err != nil {
		return err
	}
	if err := m.Push(ctx, repo, []string{"ours"}, made); err != nil {
		return err
	}
	p.memory = known.After(made, repo.Name())
	return nil
}

// megabytes lays files of 1 MB that compress about as programs do.
func megabytes(dir string, count int) error {
	chance := rand.New(rand.NewChaCha8([32]byte{1}))
	words := make([][]byte, 5000)
	for i := range words {
		words[i] = make([]byte, 2+chance.IntN(9))
		for j := range words[i] {
			words[i][j] = byte(chance.IntN(256))
		}
	}
	for i := range count {
		content := make([]byte, 0, 1_000_016)
		for len(content) < 1_000_000 {
			content = append(content, words[chance.IntN(1+chance.IntN(len(words)))]...)
		}
		if err := lay(filepath.Join(dir, fmt.Sprintf("f%03d", i)), content[:1_000_000]); err != nil {
			return err
		}
	}
	return nil
}
