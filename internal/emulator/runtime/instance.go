package runtime

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path"
	"sync"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// answerTimeout is how long a health check waits, really. The health checks of
// load balancers have their own figure, which is of the account's time.
const answerTimeout = 5 * time.Second

var errNotRunning = errors.New("nothing listens")

// instance is one instance's program.
type instance struct {
	id, image string
	runtime   *Runtime
	log       output
	ctx       context.Context
	cancel    context.CancelFunc
	client    *http.Client

	mu      sync.Mutex
	process *process
	address string
	answers map[string]*answer // by path
}

// answer is what a path answered last.
type answer struct {
	asking bool
	status int
	err    error
}

// Launch begins to run the image that user data names.
func (r *Runtime) Launch(id, userData string) emulator.Process {
	image := imageOf(userData)
	if image == "" {
		return nil
	}
	i := &instance{id: id, image: image, runtime: r, answers: map[string]*answer{},
		client: &http.Client{Timeout: answerTimeout, Transport: &http.Transport{DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	i.ctx, i.cancel = context.WithCancel(r.ctx)
	r.spawn(i.run)
	return i
}

// run pulls, starts, and sees the program's end.
func (i *instance) run() {
	fmt.Fprintf(&i.log, "%s: pulling %s\n", i.id, i.image)
	program, err := i.runtime.store.get(i.ctx, i.image)
	if err != nil {
		fmt.Fprintf(&i.log, "%s: %v\n", i.id, err)
		return
	}
	port, err := i.runtime.ports.next()
	if err != nil {
		fmt.Fprintf(&i.log, "%s: finding a port: %v\n", i.id, err)
		return
	}
	p, err := i.start(program, port)
	if err != nil {
		fmt.Fprintf(&i.log, "%s: starting %s: %v\n", i.id, path.Base(program.args[0]), err)
		return
	}
	select {
	case <-p.done:
		fmt.Fprintf(&i.log, "%s: %s ended: %v\n", i.id, path.Base(program.args[0]), outcome(p.err))
	case <-i.ctx.Done():
		p.kill()
	}
	i.mu.Lock()
	i.process, i.address = nil, ""
	i.mu.Unlock()
}

func (i *instance) start(program *program, port int) (*process, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if err := i.ctx.Err(); err != nil {
		return nil, err // terminated while it was pulled
	}
	cmd := exec.Command(program.args[0], program.args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = program.dir, &i.log, &i.log
	cmd.Env = append(append([]string(nil), program.env...), "HOST=127.0.0.1", fmt.Sprintf("PORT=%d", port), "IMAGE="+i.image, "INSTANCE_ID="+i.id)
	p, err := start(cmd)
	if err != nil {
		return nil, err
	}
	i.process, i.address = p, net.JoinHostPort("127.0.0.1", fmt.Sprint(port))
	return p, nil
}

func outcome(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// Answer is the latest status of a path, and asks for the next one.
func (i *instance) Answer(path string) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.address == "" {
		return 0, errNotRunning
	}
	a := i.answers[path]
	if a == nil {
		a = &answer{err: errNotRunning}
		i.answers[path] = a
	}
	if !a.asking {
		a.asking = i.runtime.spawn(func() { i.ask(a, "http://"+i.address+path) })
	}
	return a.status, a.err
}

func (i *instance) ask(a *answer, url string) {
	status, err := i.get(url)
	i.mu.Lock()
	defer i.mu.Unlock()
	a.asking, a.status, a.err = false, status, err
}

func (i *instance) get(url string) (int, error) {
	rq, err := http.NewRequestWithContext(i.ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	rq.Header.Set("User-Agent", "ELB-HealthChecker/2.0")
	resp, err := i.client.Do(rq)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}

// Address is where the program serves.
func (i *instance) Address() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.address
}

// Output is the end of what it wrote.
func (i *instance) Output() string { return i.log.String() }

// Kill ends the program; its goroutine ends the process group.
func (i *instance) Kill() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cancel()
}
