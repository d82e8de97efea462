package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
)

// Store keeps layers and the manifests of bases in a directory, by digest.
type Store struct {
	Dir string
}

// content is what a layer holds, uncompressed.
type content struct {
	DiffID v1.Hash `json:"diff_id"`
	Bytes  int64   `json:"bytes"`
}

// content is what the layer held when it was read before on this machine.
func (s Store) content(l Layer) (c content, ok bool) {
	return c, l.key != "" && s.load(s.contentFile(l.key), &c)
}

// blob is what a layer's content became before on this machine.
func (s Store) blob(diffID v1.Hash, c Compression) (b Blob, ok bool) {
	return b, s.load(s.layerFile(diffID, c), &b)
}

// shape is what contents became before on this machine.
func (s Store) shape(key string) (found *Shape, ok bool) {
	return found, s.load(s.shapeFile(key), &found) && found != nil
}

// Open opens a blob that the store holds.
func (s Store) Open(digest v1.Hash) (*os.File, error) { return os.Open(s.blobFile(digest)) }

// digest reads the layer for its digest alone.
func (s Store) digest(ctx context.Context, l Layer) (content, error) {
	sum := newCounter()
	if err := writeTar(ctx, sum, l.nodes); err != nil {
		return content{}, fmt.Errorf("reading the layer %s: %w", l.From, err)
	}
	c := content{DiffID: sumOf(sum.sum), Bytes: sum.size}
	return c, s.noteContent(l, c)
}

// compress writes the layer once: to a tar, its digest, its compressed form,
// that one's digest and the store, all in one pass over the files.
func (s Store) compress(ctx context.Context, l Layer, how Compression) (c content, b Blob, err error) {
	spool, err := cache.Temp(filepath.Join(s.Dir, "blobs", "spool"))
	if err != nil {
		return c, b, fmt.Errorf("spooling the layer %s: %w", l.From, err)
	}
	defer func() {
		_ = spool.Close()
		if err != nil {
			_ = os.Remove(spool.Name())
		}
	}()
	if c, b, err = compress(ctx, spool, l.nodes, how); err != nil {
		return c, b, fmt.Errorf("packing the layer %s: %w", l.From, err)
	}
	if err = os.Rename(spool.Name(), s.blobFile(b.Digest)); err != nil {
		return c, b, fmt.Errorf("keeping the layer %s: %w", l.From, err)
	}
	if err = s.noteContent(l, c); err == nil {
		err = s.save(s.layerFile(b.DiffID, how), b)
	}
	return c, b, err
}

// compress is the one pass.
func compress(ctx context.Context, w io.Writer, list []node, how Compression) (content, Blob, error) {
	packed, plain := newCounter(), newCounter()
	z, err := how.writer(io.MultiWriter(w, packed))
	if err != nil {
		return content{}, Blob{}, err
	}
	err = writeTar(ctx, io.MultiWriter(plain, z), list)
	if closed := z.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return content{}, Blob{}, err
	}
	c := content{DiffID: sumOf(plain.sum), Bytes: plain.size}
	return c, Blob{DiffID: c.DiffID, Digest: sumOf(packed.sum), Size: packed.size, Compression: how.orNone()}, nil
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

func (s Store) layerFile(diffID v1.Hash, c Compression) string {
	return filepath.Join(s.Dir, "layers", c.codec(), diffID.Hex+".json")
}

func (s Store) contentFile(key string) string {
	return filepath.Join(s.Dir, "contents", strings.TrimPrefix(key, "sha256:")+".json")
}

func (s Store) shapeFile(key string) string {
	return filepath.Join(s.Dir, "shapes", strings.TrimPrefix(key, "sha256:")+".json")
}

func (s Store) noteContent(l Layer, c content) error {
	if l.key == "" {
		return nil
	}
	return s.save(s.contentFile(l.key), c)
}

func (s Store) load(file string, into any) bool { return cache.Load(file, into) }

func (s Store) save(file string, value any) error {
	if err := cache.Save(file, value); err != nil {
		return fmt.Errorf("writing to the cache: %w", err)
	}
	return nil
}

type counter struct {
	sum  hash.Hash
	size int64
}

func newCounter() *counter { return &counter{sum: sha256.New()} }

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
