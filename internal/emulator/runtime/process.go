package runtime

import (
	"os/exec"
	"sync"
	"time"
)

// kept is how much of a process's output is kept: EC2 shows as much.
const kept = 64 << 10

// output is the end of what a process wrote.
type output struct {
	mu   sync.Mutex
	text []byte
}

// Write appends, and forgets the beginning.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	if over := len(o.text) - kept; over > 0 {
		o.text = append([]byte(nil), o.text[over:]...)
	}
	return len(p), nil
}

// String is what is kept.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// take is what was written since the last take.
func (o *output) take() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	text := string(o.text)
	o.text = nil
	return text
}

// process is a process in a group of its own.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how, once done

	mu    sync.Mutex
	ended bool
}

// start starts a command. Whoever starts it sees to its end by kill.
func start(cmd *exec.Cmd) (*process, error) {
	group(cmd)
	cmd.WaitDelay = time.Second // a child that keeps the output open does not hold the end up
	p := &process{cmd: cmd, done: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		err := cmd.Wait()
		p.mu.Lock()
		p.ended, p.err = true, err
		p.mu.Unlock()
		// What it started and left behind ends too.
		killGroup(cmd.Process)
		close(p.done)
	}()
	return p, nil
}

// kill ends the process and all in its group, and waits for the end.
func (p *process) kill() {
	p.mu.Lock()
	if !p.ended { // its id is still its own: nobody has waited for it
		killGroup(p.cmd.Process)
	}
	p.mu.Unlock()
	<-p.done
}
