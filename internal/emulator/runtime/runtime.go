package runtime

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"sync"
)

// Runtime runs instances' images and functions' code. It implements
// emulator.Runtime.
type Runtime struct {
	dir    string
	ctx    context.Context
	cancel context.CancelFunc
	store  store
	ports  ports

	mu           sync.Mutex
	closed       bool
	running      sync.WaitGroup
	environments map[string]*environment // by function version and code
}

// New is a runtime that unpacks into a directory. Close ends it.
func New(dir string) *Runtime {
	ctx, cancel := context.WithCancel(context.Background())
	return &Runtime{
		dir: dir, ctx: ctx, cancel: cancel, environments: map[string]*environment{}, ports: ports{last: firstPort},
		store: store{dir: filepath.Join(dir, "images"), images: map[string]*unpacking{}},
	}
}

// Close ends every process that was started, and waits until all are gone.
func (r *Runtime) Close() {
	r.mu.Lock()
	r.closed = true
	environments := r.environments
	r.environments = map[string]*environment{}
	r.mu.Unlock()
	r.cancel()
	for _, e := range environments {
		e.close()
	}
	r.running.Wait()
}

// spawn runs fn beside the caller, unless the runtime is closed.
func (r *Runtime) spawn(fn func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.running.Go(fn)
	return true
}

// Programs are given ports below those that systems take for outgoing
// connections, so that none is taken between its choice and its use.
const (
	firstPort = 20000
	lastPort  = 32000
)

// ports gives out free ports of the loopback interface.
type ports struct {
	mu   sync.Mutex
	last int
}

func (p *ports) next() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range lastPort - firstPort {
		if p.last++; p.last >= lastPort {
			p.last = firstPort
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p.last))
		if err != nil {
			continue
		}
		return p.last, listener.Close()
	}
	return 0, fmt.Errorf("none is free from %d to %d", firstPort, lastPort)
}
