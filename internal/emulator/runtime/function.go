package runtime

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/emulator"
)

// initTimeout is how long Lambda lets a function initialise.
const initTimeout = 10 * time.Second

// environment runs one version, one invocation at a time.
type environment struct {
	function emulator.Function
	dir      string

	mu      sync.Mutex // held while an invocation runs
	api     *api
	process *process
	log     output
	ctx     context.Context
	cancel  context.CancelFunc
}

// Invoke runs a version's code once. Custom runtimes in an archive are run.
func (r *Runtime) Invoke(f emulator.Function, payload []byte) (emulator.Invocation, bool) {
	if f.Archive == nil || !strings.HasPrefix(f.Runtime, "provided") {
		return emulator.Invocation{}, false
	}
	e := r.environment(f)
	if e == nil {
		return failure("Runtime.ExitError", "the emulator is ending"), true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	began := clock.System{}.Now()
	out := e.invoke(payload)
	out.Took = clock.System{}.Now().Sub(began)
	id := e.api.id()
	out.Log = fmt.Sprintf("START RequestId: %s Version: %s\n%sEND RequestId: %s\nREPORT RequestId: %s\tDuration: %.2f ms\tMemory Size: %d MB\t\n",
		id, f.Version, ended(e.log.take()), id, id, float64(out.Took.Microseconds())/1000, f.MemorySize)
	return out, true
}

func ended(text string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}

// environment is the one of a version with this code; nil when all is ending.
func (r *Runtime) environment(f emulator.Function) *environment {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	// $LATEST is another program whenever its code or configuration changes.
	key := fmt.Sprintln(f.ARN, f.CodeSHA256, f.Handler, f.Timeout, f.MemorySize, f.Environment)
	e := r.environments[key]
	if e == nil {
		e = &environment{function: f, dir: filepath.Join(r.dir, "functions", fmt.Sprintf("%s-%d", f.Name, len(r.environments)+1)), api: &api{}}
		e.ctx, e.cancel = context.WithCancel(r.ctx)
		r.environments[key] = e
	}
	return e
}

// invoke starts the program unless it runs, gives it the event, and waits.
func (e *environment) invoke(payload []byte) emulator.Invocation {
	e.api.number++
	budget := e.function.Timeout
	if e.process == nil {
		if failed := e.begin(); failed != nil {
			return *failed
		}
		budget += initTimeout
	}
	ctx, cancel := context.WithTimeout(e.ctx, budget)
	defer cancel()
	event := e.api.event(e.function, payload, clock.System{}.Now())
	select {
	case e.api.next <- event:
	case initError := <-e.api.failed:
		e.stop()
		return unhandled(initError)
	case <-e.process.done:
		return e.exited()
	case <-ctx.Done():
		return e.timedOut()
	}
	select {
	case answer := <-event.answer:
		if answer.failed {
			return unhandled(answer.body)
		}
		return emulator.Invocation{Body: answer.body}
	case <-e.process.done:
		return e.exited()
	case <-ctx.Done():
		return e.timedOut()
	}
}

// begin unpacks the code once and starts its bootstrap.
func (e *environment) begin() *emulator.Invocation {
	if err := unzip(e.function.Archive, e.dir); err != nil {
		failed := failure("Runtime.InvalidEntrypoint", fmt.Sprintf("unpacking the code: %v", err))
		return &failed
	}
	address, err := e.api.serve()
	if err != nil {
		failed := failure("Runtime.ExitError", err.Error())
		return &failed
	}
	cmd := exec.Command(filepath.Join(e.dir, "bootstrap"))
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = e.dir, &e.log, &e.log, e.variables(address)
	if e.process, err = start(cmd); err != nil {
		e.api.close()
		failed := failure("Runtime.InvalidEntrypoint", fmt.Sprintf("RequestId: %s Error: Couldn't find valid bootstrap(s): %v", e.api.id(), errors.Unwrap(err)))
		return &failed
	}
	return nil
}

// variables are what Lambda sets for a function's process.
func (e *environment) variables(address string) []string {
	f := e.function
	all := map[string]string{"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "en_US.UTF-8", "TZ": ":UTC"}
	maps.Copy(all, f.Environment)
	maps.Copy(all, map[string]string{
		"AWS_LAMBDA_RUNTIME_API": address, "LAMBDA_TASK_ROOT": e.dir, "_HANDLER": f.Handler,
		"AWS_REGION": f.Region, "AWS_DEFAULT_REGION": f.Region,
		"AWS_LAMBDA_FUNCTION_NAME": f.Name, "AWS_LAMBDA_FUNCTION_VERSION": f.Version,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": fmt.Sprint(f.MemorySize), "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/" + f.Name, "AWS_LAMBDA_LOG_STREAM_NAME": "[" + f.Version + "]",
	})
	var list []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}

// stop ends the program; the next invocation starts it anew.
func (e *environment) stop() {
	e.process.kill()
	e.process = nil
	e.api.close()
}

func (e *environment) exited() emulator.Invocation {
	err := e.process.err
	e.stop()
	return failure("Runtime.ExitError", fmt.Sprintf("RequestId: %s Error: Runtime exited with error: %s", e.api.id(), outcome(err)))
}

func (e *environment) timedOut() emulator.Invocation {
	e.stop()
	return failure("Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", e.api.id(), e.function.Timeout.Seconds()))
}

// close ends an environment for good, also in the middle of an invocation.
func (e *environment) close() {
	e.cancel()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.process != nil {
		e.stop()
	}
}

// failure is a failed invocation in Lambda's words.
func failure(kind, message string) emulator.Invocation {
	body, _ := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message}) // strings only
	return unhandled(body)
}

func unhandled(body []byte) emulator.Invocation {
	return emulator.Invocation{Body: body, FunctionError: "Unhandled"}
}

// unzip writes an archive below a directory that it makes anew, and never
// beside it.
func unzip(archive []byte, dir string) error {
	in, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, f := range in.File {
		if err := unzipOne(root, f); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

func unzipOne(root *os.Root, f *zip.File) error {
	path := relative(f.Name)
	if path == "." || strings.HasSuffix(f.Name, "/") {
		return root.MkdirAll(path, 0o755)
	}
	if err := root.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	content, err := f.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	if f.Mode()&os.ModeSymlink != 0 {
		target, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		return root.Symlink(string(target), path)
	}
	return writeFile(root, path, f.Mode().Perm()|0o400, content)
}
