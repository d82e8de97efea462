//go:build !linux

package main

import (
	"context"
	"errors"
	"time"
)

func processor() time.Duration { return 0 }

func peak(context.Context, string) (string, error) {
	return "", errors.New("memory is measured on Linux only")
}

func memory() (string, error) { return "", errors.New("memory is measured on Linux only") }
