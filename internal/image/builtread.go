package image

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
)

// ReadBuilt takes over what a builder wrote for one of the recipe's platforms:
// an archive of an OCI layout, or what `docker save` writes. Layers of the
// base are left to its registry; the others are settled, so that when they were
// built, and by which program, does not reach the digest.
func (m Maker) ReadBuilt(ctx context.Context, archive string, r Recipe, platform int) (one BuiltOne, err error) {
	want := r.Platforms[platform]
	bases, err := m.Registry.bases(ctx, m.Store, r.Base, r.BaseDigest, []v1.Platform{want})
	if err != nil {
		return one, err
	}
	a, err := openBuilderArchive(archive)
	if err != nil {
		return one, fmt.Errorf("reading what was built: %w", err)
	}
	defer func() { _ = a.file.Close() }()
	config, layers, err := a.image(want)
	if err != nil {
		return one, fmt.Errorf("reading what was built: %w", err)
	}
	if has := config.Platform(); has != nil && !serves(has, want) {
		return one, fmt.Errorf("it was built for %s, not for %s: the builder does not heed the platform", has, want)
	}
	if len(config.RootFS.DiffIDs) != len(layers) {
		return one, fmt.Errorf("reading what was built: it has %d layers and its configuration %d", len(layers), len(config.RootFS.DiffIDs))
	}
	one.Config = config.Config
	delete(one.Config.Labels, "io.buildah.version") // another buildah is no other image
	below := bases[0].config.RootFS.DiffIDs
	if one.Apart = len(below) > len(layers) || !slices.Equal(below, config.RootFS.DiffIDs[:len(below)]); one.Apart {
		below = nil
	}
	names := layerNames(config)
	for i := len(below); i < len(layers); i++ {
		l, err := m.Store.settle(ctx, a, layers[i], config.RootFS.DiffIDs[i], r.Compression)
		if err != nil {
			return one, fmt.Errorf("packing the layer of %s: %w", names[i], err)
		}
		l.From = names[i]
		one.Layers = append(one.Layers, l)
	}
	return one, nil
}

// bookkeeping is what builders put around an instruction in the history.
var bookkeeping = regexp.MustCompile(`^(\|[0-9]+ )|^/bin/sh -c #\(nop\)\s+| # buildkit$|--mount=\S+ `)

// longestLayerName bounds what is shown of an instruction.
const longestLayerName = 80

// layerNames are the instructions that made the layers.
func layerNames(config *v1.ConfigFile) []string {
	var names []string
	for _, h := range config.History {
		if h.EmptyLayer {
			continue
		}
		text := []rune(strings.Join(strings.Fields(bookkeeping.ReplaceAllString(h.CreatedBy, "")), " "))
		if len(text) > longestLayerName {
			text = append(text[:longestLayerName], '…')
		}
		names = append(names, string(text))
	}
	if len(names) != len(config.RootFS.DiffIDs) {
		names = make([]string, len(config.RootFS.DiffIDs))
	}
	for i, name := range names {
		if name == "" || name == baseLayer {
			names[i] = fmt.Sprintf("layer %d", i+1)
		}
	}
	return names
}

// settle packs one layer of a builder's into the store.
func (s Store) settle(ctx context.Context, a *builderArchive, member string, diffID v1.Hash, how Compression) (l BuiltLayer, err error) {
	plain, done, err := a.plain(member)
	if err != nil {
		return l, err
	}
	defer done()
	spool, err := cache.Temp(filepath.Join(s.Dir, "blobs", "spool"))
	if err != nil {
		return l, err
	}
	defer func() {
		_ = spool.Close()
		if err != nil {
			_ = os.Remove(spool.Name())
		}
	}()
	was, is, packed := newCounter(), newCounter(), newCounter()
	z, err := how.writer(io.MultiWriter(spool, packed))
	if err != nil {
		return l, err
	}
	err = settleTar(ctx, io.MultiWriter(is, z), io.TeeReader(plain, was))
	if err = errors.Join(err, z.Close()); err != nil {
		return l, err
	}
	if got := sumOf(was.sum); got != diffID {
		return l, fmt.Errorf("the builder says that it is %s, and it is %s", diffID, got)
	}
	l.DiffID, l.Bytes = sumOf(is.sum), is.size
	l.Blob = Blob{DiffID: l.DiffID, Digest: sumOf(packed.sum), Size: packed.size, Compression: how.orNone()}
	if err = os.Rename(spool.Name(), s.blobFile(l.Blob.Digest)); err != nil {
		return l, err
	}
	return l, s.save(s.layerFile(l.DiffID, how), l.Blob)
}

// plain reads a member that may be compressed.
func (a *builderArchive) plain(member string) (io.Reader, func(), error) {
	raw, err := a.open(member)
	if err != nil {
		return nil, nil, err
	}
	buffered := bufio.NewReaderSize(raw, copyBuffer)
	head, _ := buffered.Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(buffered)
		return z, func() {}, err
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(buffered)
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return buffered, func() {}, nil
}
