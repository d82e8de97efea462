package image

import (
	"fmt"
	"io"
	"runtime"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
	"github.com/klauspost/pgzip"
)

// Compression is how layers are compressed.
type Compression string

// The compressions.
const (
	Gzip Compression = "gzip" // every engine and registry reads it
	Zstd Compression = "zstd" // smaller and faster to unpack; OCI manifests only
)

// orNone is the form that a key holds.
func (c Compression) orNone() Compression {
	if c == Gzip {
		return ""
	}
	return c
}

// The codecs of layers. Their output depends on the level and the block size,
// not on how many blocks are compressed at once. A change of any of them needs
// a new name: blobs of the old one stay what they are.
const (
	gzipCodec = "pgzip-1" // level 1 is what a fast network does not wait for
	gzipLevel = 1
	gzipBlock = 1 << 20
	zstdCodec = "zstd-default"
)

// codec names what makes blobs of this compression.
func (c Compression) codec() string {
	if c == Zstd {
		return zstdCodec
	}
	return gzipCodec
}

// writer compresses what is written to it.
func (c Compression) writer(w io.Writer) (io.WriteCloser, error) {
	// A block in work and one waiting for each processor bound the memory.
	workers := min(2*runtime.GOMAXPROCS(0), 16)
	if c == Zstd {
		z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(workers))
		if err != nil {
			return nil, fmt.Errorf("starting the compressor: %w", err)
		}
		return z, nil
	}
	z, err := pgzip.NewWriterLevel(w, gzipLevel)
	if err == nil {
		err = z.SetConcurrency(gzipBlock, workers)
	}
	if err != nil {
		return nil, fmt.Errorf("starting the compressor: %w", err)
	}
	return z, nil
}

// mediaType is that of a layer in a manifest of the given type.
func (c Compression) mediaType(manifest types.MediaType) types.MediaType {
	switch {
	case c == Zstd:
		return types.OCILayerZStd
	case manifest == types.DockerManifestSchema2:
		return types.DockerLayer
	}
	return types.OCILayer
}

// asOCI is a Docker layer's type in OCI's words; the bytes are the same.
func asOCI(t types.MediaType) types.MediaType {
	switch t {
	case types.DockerLayer:
		return types.OCILayer
	case types.DockerUncompressedLayer:
		return types.OCIUncompressedLayer
	case types.DockerForeignLayer:
		return types.OCIRestrictedLayer
	}
	return t
}
