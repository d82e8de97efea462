package pack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// straggle is how long a build's output is awaited after its program ended,
// when something that it started still holds it.
const straggle = 5 * time.Second

// Program is a program that runs with its output in a file.
type Program struct {
	File    string            // the program's own
	Args    []string          // as people know it, its name first
	Dir     string            // where it runs
	Env     []string          // all that it sees
	Secrets map[string]string // values that its output does not show
	Log     *os.File
}

// Run runs it to its end. What goes wrong is a *BuildError. When ctx ends, the
// program and all that it started are killed.
func (p Program) Run(ctx context.Context) error {
	var out io.Writer = p.Log
	secrets := secretsOf(p.Env)
	maps.Copy(secrets, p.Secrets)
	if masked := mask(p.Log, secrets); masked != nil {
		out = masked
		defer masked.flush()
	}
	cmd := exec.CommandContext(ctx, p.File, p.Args[1:]...)
	cmd.Args[0] = p.Args[0]
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.Dir, p.Env, out, out
	cmd.WaitDelay = straggle
	group(cmd)
	failed := &BuildError{Args: p.Args, Log: p.Log.Name(), Err: cmd.Run()}
	if errors.Is(failed.Err, exec.ErrWaitDelay) {
		failed.Err = nil // it ended well; what it left behind keeps the log open
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s was stopped: %w", p.Args[0], context.Cause(ctx))
	}
	if failed.Err == nil {
		return nil
	}
	if masked, ok := out.(*masker); ok {
		masked.flush()
	}
	failed.First, failed.Last = excerpt(p.Log.Name())
	return failed
}

// Run runs a program that is no build, its output going to the file log, in
// which values of env that are secret by their names are masked. What goes
// wrong is a *BuildError. When ctx ends, the program and all that it started
// are killed.
func Run(ctx context.Context, dir string, env, args []string, log string) error {
	if err := os.MkdirAll(filepath.Dir(log), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	program, err := exec.LookPath(args[0])
	if err != nil {
		return &BuildError{Args: args, Log: log, Missed: true, Err: err}
	}
	return Program{File: program, Args: args, Dir: dir, Env: env, Log: file}.Run(ctx)
}
