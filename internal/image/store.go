package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/pgzip"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
)

// The codec of layers. Its output depends on the level and the block size, not
// on how many blocks are compressed at once; level 1 is what a fast network
// does not wait for. A change of any of them needs a new codec name.
const (
	codec      = "pgzip-1"
	codecLevel = 1
	codecBlock = 1 << 20
)

// Blob is a layer as a registry holds it, and the digest of what is in it.
type Blob struct {
	DiffID v1.Hash `json:"diff_id"`
	Digest v1.Hash `json:"digest"`
	Size   int64   `json:"size"`
}

// Layer is one layer of ours. Equal keys mean equal content at equal places.
type Layer struct {
	Key     string
	From    string // what it is to people: its place in the image
	content Content
	present func(dir string) bool
}

// Store keeps layers and the manifests of bases in a directory, by digest.
type Store struct {
	Dir string
}

// Recall is the blob that the layer became before on this machine.
func (s Store) Recall(l Layer) (Blob, bool) {
	var b Blob
	data, err := os.ReadFile(s.layerFile(l.Key))
	if err != nil || json.Unmarshal(data, &b) != nil {
		return Blob{}, false
	}
	return b, true
}

// Open opens a blob that the store holds.
func (s Store) Open(digest v1.Hash) (*os.File, error) { return os.Open(s.blobFile(digest)) }

// Compress writes the layer once: to a tar, its digest, its compressed form,
// that one's digest and the store, all in one pass over the files.
func (s Store) Compress(ctx context.Context, l Layer) (b Blob, err error) {
	list, done, err := l.content.nodes(l.present)
	if err != nil {
		return Blob{}, err
	}
	spool, err := cache.Temp(filepath.Join(s.Dir, "blobs", "spool"))
	if err != nil {
		_ = done()
		return Blob{}, fmt.Errorf("spooling the layer %s: %w", l.From, err)
	}
	defer func() {
		_ = spool.Close()
		if err != nil {
			_ = os.Remove(spool.Name())
		}
	}()
	b, err = compress(ctx, spool, list)
	if checked := done(); err == nil {
		err = checked
	}
	if err != nil {
		return Blob{}, fmt.Errorf("packing the layer %s: %w", l.From, err)
	}
	if err = os.Rename(spool.Name(), s.blobFile(b.Digest)); err != nil {
		return Blob{}, fmt.Errorf("keeping the layer %s: %w", l.From, err)
	}
	err = cache.Write(s.layerFile(l.Key), func(w io.Writer) error { return json.NewEncoder(w).Encode(b) })
	return b, err
}

// compress is the one pass.
func compress(ctx context.Context, w io.Writer, list []node) (Blob, error) {
	packed, content := &counter{sum: sha256.New()}, sha256.New()
	z, err := pgzip.NewWriterLevel(io.MultiWriter(w, packed), codecLevel)
	if err != nil {
		return Blob{}, err
	}
	// A block in work and one waiting for each processor bound the memory.
	if err := z.SetConcurrency(codecBlock, min(2*runtime.GOMAXPROCS(0), 16)); err != nil {
		return Blob{}, err
	}
	err = writeTar(ctx, io.MultiWriter(content, z), list)
	if closed := z.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return Blob{}, err
	}
	return Blob{DiffID: sumOf(content), Digest: sumOf(packed.sum), Size: packed.size}, nil
}

// manifest returns a base's manifest or configuration, if it was kept.
func (s Store) manifest(digest v1.Hash) ([]byte, bool) {
	data, err := os.ReadFile(s.blobFile(digest))
	if err != nil || digestOf(data) != digest {
		return nil, false
	}
	return data, true
}

// keep stores bytes under their digest.
func (s Store) keep(data []byte) error {
	return cache.Write(s.blobFile(digestOf(data)), func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

func (s Store) blobFile(digest v1.Hash) string {
	return filepath.Join(s.Dir, "blobs", digest.Hex)
}

func (s Store) layerFile(key string) string {
	return filepath.Join(s.Dir, "layers", codec, strings.TrimPrefix(key, "sha256:")+".json")
}

type counter struct {
	sum  hash.Hash
	size int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.size += int64(len(p))
	return c.sum.Write(p)
}

func sumOf(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

func digestOf(data []byte) v1.Hash {
	sum := sha256.Sum256(data)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}
