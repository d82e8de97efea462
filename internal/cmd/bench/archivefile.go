package main

import (
	"archive/zip"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/clock"
)

// archiveFile does what the data source archive_file of hashicorp/archive does
// in each plan: one goroutine deflates every file with the standard library
// into a file, which is then read whole and hashed in five ways.
func archiveFile(dir string) func(context.Context) error {
	return func(context.Context) error {
		out, err := os.CreateTemp("", "awsdeploy-bench-*.zip")
		if err != nil {
			return err
		}
		defer func() {
			_ = out.Close()
			_ = os.Remove(out.Name())
		}()
		w := zip.NewWriter(out)
		err = filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return add(w, dir, file)
		})
		if err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		data, err := os.ReadFile(out.Name())
		if err != nil {
			return err
		}
		_, _ = md5.Sum(data), sha1.Sum(data)
		_, _, _ = sha256.Sum256(data), sha256.Sum256(data), sha512.Sum512(data)
		return nil
	}
}

func add(w *zip.Writer, dir, file string) error {
	name, err := filepath.Rel(dir, file)
	if err != nil {
		return err
	}
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	to, err := w.CreateHeader(&zip.FileHeader{Name: filepath.ToSlash(name), Method: zip.Deflate})
	if err != nil {
		return err
	}
	_, err = io.Copy(to, in)
	return err
}

// settle waits until files are old enough for their times to be trusted.
func settle() error {
	return clock.System{}.Sleep(context.Background(), 2500*time.Millisecond)
}
