package main

import (
	"context"
	"crypto/sha256"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/klauspost/compress/flate"
)

// hashAll reads and hashes the files of a directory, and that is all.
func hashAll(dir string) func(context.Context) error {
	return eachFile(dir, 4, func() func([]byte) error {
		return func(content []byte) error { _ = sha256.Sum256(content); return nil }
	})
}

// deflateAll reads and compresses them, each for itself, as a ZIP file wants
// them.
func deflateAll(dir string) func(context.Context) error {
	return eachFile(dir, runtime.GOMAXPROCS(0), func() func([]byte) error {
		z, err := flate.NewWriter(io.Discard, 6)
		return func(content []byte) error {
			if err != nil {
				return err
			}
			_ = crc32.ChecksumIEEE(content)
			z.Reset(io.Discard)
			if _, err := z.Write(content); err != nil {
				return err
			}
			return z.Close()
		}
	})
}

// eachFile lets workers take a directory's files in turns.
func eachFile(dir string, workers int, worker func() func(content []byte) error) func(context.Context) error {
	return func(context.Context) error {
		files := make(chan string, 1000)
		failed := make([]error, workers)
		var wait sync.WaitGroup
		for i := range workers {
			wait.Go(func() {
				do, buffer := worker(), make([]byte, 0, 1<<20)
				for file := range files {
					if failed[i] == nil {
						buffer, failed[i] = readInto(buffer, file)
					}
					if failed[i] == nil {
						failed[i] = do(buffer)
					}
				}
			})
		}
		err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files <- file
			}
			return err
		})
		close(files)
		wait.Wait()
		for _, f := range failed {
			if err == nil {
				err = f
			}
		}
		return err
	}
}

// readInto reads a file into a buffer, which grows when it must.
func readInto(buffer []byte, file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return buffer, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return buffer, err
	}
	if int64(cap(buffer)) < info.Size() {
		buffer = make([]byte, info.Size())
	}
	buffer = buffer[:info.Size()]
	_, err = io.ReadFull(f, buffer)
	return buffer, err
}

// fileSHA256 is what a configuration does that hashes each file of a fileset.
func fileSHA256(dir string) func(context.Context) error {
	return func(context.Context) error {
		return filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			f, err := os.Open(file)
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			h := sha256.New()
			_, err = io.Copy(h, f)
			return err
		})
	}
}
