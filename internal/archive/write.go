package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"runtime"
	"sync"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
)

const (
	// level is the compressor's: six is what ZIP tools use.
	level = 6
	// small is the largest content that is compressed in memory, beside
	// others; a larger one is streamed.
	small = 2 << 20
	// mostWorkers bounds the memory that contents under way take.
	mostWorkers = 8
	// noTime is the first moment that a ZIP file can name, 1980-01-01.
	noTime = 1<<5 | 1
	// madeByUnix says that the attributes hold a Unix mode.
	madeByUnix = 3<<8 | 20
	// utf8Name is the flag of names that are not ASCII.
	utf8Name = 0x800
	// sizesFollow is the flag of entries whose sizes come behind the content.
	sizesFollow = 0x8
)

// entry is one member of an archive to be written.
type entry struct {
	name   string
	mode   fs.FileMode
	method uint16
	size   int64
	link   string
	raw    bool // the name is in an encoding that is not known: leave it
	open   func() (io.ReadCloser, error)
}

// packed is an entry as it goes into the file.
type packed struct {
	header  *zip.FileHeader
	content *bytes.Buffer // nil: stream it
	err     error
}

// write writes entries in the order given.
func write(ctx context.Context, w io.Writer, entries []entry) error {
	return writeAt(ctx, w, 0, entries)
}

// writeAt is write behind start bytes that w has already.
func writeAt(ctx context.Context, w io.Writer, start int64, entries []entry) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	out := zip.NewWriter(w)
	out.SetOffset(start)
	p := newPacker()
	var wait sync.WaitGroup
	defer wait.Wait()
	defer stop()

	// Each entry has a slot; workers fill them out of order, at most a few
	// ahead of the writer, which takes them in order.
	workers := min(runtime.GOMAXPROCS(0), mostWorkers)
	slots := make(chan chan packed, 2*workers)
	work := make(chan func())
	for range workers {
		wait.Go(func() {
			for job := range work {
				job()
			}
		})
	}
	wait.Go(func() {
		defer close(slots)
		defer close(work)
		for _, e := range entries {
			slot := make(chan packed, 1)
			select {
			case slots <- slot:
			case <-ctx.Done():
				return
			}
			select {
			case work <- func() { slot <- p.pack(e) }:
			case <-ctx.Done():
				return
			}
		}
	})
	for _, e := range entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var got packed
		select {
		case slot := <-slots:
			select {
			case got = <-slot:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := p.put(out, e, got); err != nil {
			return err
		}
	}
	return out.Close()
}

// packer holds compressors and buffers: making one costs more than a small
// file's compression.
type packer struct {
	compressors sync.Pool
	buffers     sync.Pool
}

func newPacker() *packer {
	return &packer{
		compressors: sync.Pool{New: func() any {
			w, err := flate.NewWriter(io.Discard, level)
			if err != nil {
				panic(err) // the level is a constant in range
			}
			return w
		}},
		buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }},
	}
}

// pack compresses a small entry in memory.
func (p *packer) pack(e entry) packed {
	header := e.header()
	if e.size > small {
		return packed{header: header}
	}
	content := p.buffer()
	defer p.buffers.Put(content)
	if err := e.copyTo(content); err != nil {
		return packed{err: err}
	}
	header.CRC32 = crc32.ChecksumIEEE(content.Bytes())
	header.UncompressedSize64 = uint64(content.Len())
	result := p.buffer()
	if header.Method == zip.Deflate {
		if err := p.deflate(result, content.Bytes()); err != nil {
			return packed{err: err}
		}
	}
	if header.Method == zip.Store || result.Len() >= content.Len() {
		header.Method = zip.Store
		result.Reset()
		_, _ = result.Write(content.Bytes())
	}
	header.CompressedSize64 = uint64(result.Len())
	return packed{header: header, content: result}
}

func (p *packer) buffer() *bytes.Buffer {
	b := p.buffers.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

func (p *packer) deflate(w io.Writer, content []byte) error {
	c := p.compressors.Get().(*flate.Writer)
	defer p.compressors.Put(c)
	c.Reset(w)
	if _, err := c.Write(content); err != nil {
		return err
	}
	return c.Close()
}

// put adds a packed entry to the file.
func (p *packer) put(out *zip.Writer, e entry, got packed) error {
	if got.err != nil {
		return got.err
	}
	if got.content == nil {
		return p.stream(out, e, got.header)
	}
	defer p.buffers.Put(got.content)
	w, err := out.CreateRaw(got.header)
	if err != nil {
		return err
	}
	_, err = w.Write(got.content.Bytes())
	return err
}

// stream writes a large entry while it is read.
func (p *packer) stream(out *zip.Writer, e entry, header *zip.FileHeader) error {
	sum := crc32.NewIEEE()
	if header.Method == zip.Store {
		// Readers of streams know a stored entry's end by its header alone, so
		// the sum is needed first.
		if err := e.copyTo(sum); err != nil {
			return err
		}
		header.CRC32, header.CompressedSize64, header.UncompressedSize64 = sum.Sum32(), uint64(e.size), uint64(e.size)
		w, err := out.CreateRaw(header)
		if err != nil {
			return err
		}
		return e.copyTo(w)
	}
	header.Flags |= sizesFollow
	w, err := out.CreateRaw(header)
	if err != nil {
		return err
	}
	deflated := &counter{w: w}
	c := p.compressors.Get().(*flate.Writer)
	defer p.compressors.Put(c)
	c.Reset(deflated)
	plain := &counter{w: io.MultiWriter(c, sum)}
	if err := e.copyTo(plain); err != nil {
		return err
	}
	if err := c.Close(); err != nil {
		return err
	}
	header.CRC32, header.CompressedSize64, header.UncompressedSize64 = sum.Sum32(), deflated.n, plain.n
	header.CompressedSize = uint32(min(deflated.n, math.MaxUint32))
	header.UncompressedSize = uint32(min(plain.n, math.MaxUint32))
	if max(deflated.n, plain.n) >= math.MaxUint32 {
		header.CompressedSize, header.UncompressedSize, header.ReaderVersion = math.MaxUint32, math.MaxUint32, 45
	}
	return nil
}

// header is what every entry has in common.
func (e entry) header() *zip.FileHeader {
	h := &zip.FileHeader{Name: e.name, Method: e.method, ModifiedDate: noTime, CreatorVersion: madeByUnix, ReaderVersion: 20}
	h.SetMode(e.mode)
	h.CreatorVersion = madeByUnix
	if !e.raw && !ascii(e.name) && utf8.ValidString(e.name) {
		h.Flags = utf8Name
	}
	return h
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (e entry) copyTo(w io.Writer) error {
	if e.mode.IsDir() {
		return nil
	}
	r, err := e.open()
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := io.Copy(w, r); err != nil {
		return fmt.Errorf("packing %s: %w", e.name, err)
	}
	return nil
}

type counter struct {
	w io.Writer
	n uint64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += uint64(n)
	return n, err
}
