package pack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Run runs a program that is no build, its output going to the file log. What
// goes wrong is a *BuildError. When ctx ends, the program and all that it
// started are killed.
func Run(ctx context.Context, dir string, env, args []string, log string) error {
	if err := os.MkdirAll(filepath.Dir(log), 0o755); err != nil {
		return err
	}
	out, err := os.Create(log)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	failed := &BuildError{Args: args, Log: log}
	program, err := exec.LookPath(args[0])
	if err != nil {
		failed.Missed, failed.Err = true, err
		return failed
	}
	cmd := exec.CommandContext(ctx, program, args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, out, out
	group(cmd)
	failed.Err = cmd.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("%s was stopped: %w", args[0], context.Cause(ctx))
	}
	if failed.Err == nil {
		return nil
	}
	failed.First, failed.Last = excerpt(log)
	return failed
}
