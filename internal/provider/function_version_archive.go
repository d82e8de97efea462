package provider

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/bits"
	"os"
	"path/filepath"
)

// What Lambda takes. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	largestUpload   = 50 << 20  // of an archive that is sent to it
	largestUnpacked = 250 << 20 // of all files in an archive, layers not counted
)

// codeArchive is a ZIP archive on this machine.
type codeArchive struct {
	file string
	size int64
	sum  [sha256.Size]byte
}

// digest is the archive's digest in Lambda's form.
func (a codeArchive) digest() string { return base64.StdEncoding.EncodeToString(a.sum[:]) }

// large tells that Lambda takes the archive from S3 only.
func (a codeArchive) large() bool { return a.size > largestUpload }

// readArchive looks at an archive, and refuses what Lambda would refuse.
// viaS3 tells that a large one can take the way through S3.
func readArchive(name string, viaS3 bool) (a codeArchive, err error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a, fmt.Errorf("%s does not exist: build it before the plan, or take the path from the resource that builds it", name)
	case err != nil:
		return a, err
	case !info.Mode().IsRegular():
		return a, fmt.Errorf("%s is no file: name a ZIP archive", name)
	}
	a = codeArchive{file: name, size: info.Size()}
	if a.large() && !viaS3 {
		return a, fmt.Errorf("%s has %d bytes, and Lambda takes at most %d (50 MB) directly: "+
			"name a bucket in upload, through which it then goes, or put it into S3 yourself and use s3_bucket and s3_key", name, a.size, largestUpload)
	}
	if err := a.checkFiles(); err != nil {
		return a, err
	}
	f, err := os.Open(filepath.Clean(name))
	if err != nil {
		return a, err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return a, fmt.Errorf("reading %s: %w", name, err)
	}
	hash.Sum(a.sum[:0])
	return a, nil
}

// checkFiles refuses what is no archive, and one that is too large unpacked.
func (a codeArchive) checkFiles() error {
	z, err := zip.OpenReader(a.file)
	if err != nil {
		return fmt.Errorf("%s is no ZIP archive (%w), and Lambda takes nothing else", a.file, err)
	}
	defer z.Close()
	if len(z.File) == 0 {
		return fmt.Errorf("%s is a ZIP archive without files, which Lambda does not take", a.file)
	}
	unpacked := uint64(0)
	for _, f := range z.File {
		sum, over := bits.Add64(unpacked, f.UncompressedSize64, 0)
		if unpacked = sum; over > 0 {
			unpacked = math.MaxUint64 // what entries claim might be small again
			break
		}
	}
	if unpacked > largestUnpacked {
		return fmt.Errorf("%s has %d bytes when it is unpacked, and Lambda takes at most %d (250 MB), layers included: "+
			"leave out what the function does not need, or publish it as a container image, which may have 10 GB, with image_uri", a.file, unpacked, largestUnpacked)
	}
	return nil
}

// content is all of the archive, which must still be what was looked at.
func (a codeArchive) content() ([]byte, error) {
	content, err := os.ReadFile(filepath.Clean(a.file))
	if err == nil && sha256.Sum256(content) != a.sum {
		err = fmt.Errorf("%s changed while it was read: apply again", a.file)
	}
	return content, err
}
