package artifactstore

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	defaultPartSize = 32 << 20
	// mostParts is S3's limit for one upload.
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
	mostParts = 10000
	// uploaders is how many parts are under way at once.
	uploaders = 4
	// abortTimeout bounds giving an upload up after the context ended.
	abortTimeout = 10 * time.Second
)

func (s Store) partSize() int64 {
	if s.PartSize > 0 {
		return s.PartSize
	}
	return defaultPartSize
}

// upload writes the object in parts, several at once. A failed upload is given
// up, so that its parts cost nothing.
func (s Store) upload(ctx context.Context, o Object, content io.ReaderAt) (string, error) {
	created, err := s.Client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket:            aws.String(o.Bucket),
		Key:               aws.String(o.Key),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		Metadata:          o.metadata(),
	})
	if err != nil {
		return "", err
	}
	parts, err := s.uploadParts(ctx, o, created.UploadId, content)
	if err == nil {
		var out *s3.CompleteMultipartUploadOutput
		out, err = s.Client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
			Bucket:          aws.String(o.Bucket),
			Key:             aws.String(o.Key),
			UploadId:        created.UploadId,
			IfNoneMatch:     aws.String("*"),
			MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		})
		if err == nil {
			return version(out.VersionId), nil
		}
	}
	aborting, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	_, abortErr := s.Client.AbortMultipartUpload(aborting, &s3.AbortMultipartUploadInput{
		Bucket: aws.String(o.Bucket), Key: aws.String(o.Key), UploadId: created.UploadId,
	})
	return "", errors.Join(err, abortErr)
}

func (s Store) uploadParts(ctx context.Context, o Object, id *string, content io.ReaderAt) ([]types.CompletedPart, error) {
	size := max(s.partSize(), (o.Size+mostParts-1)/mostParts)
	count := int((o.Size + size - 1) / size)
	parts := make([]types.CompletedPart, count)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next := make(chan int)
	var wait sync.WaitGroup
	for range min(uploaders, count) {
		wait.Go(func() {
			for i := range next {
				from := int64(i) * size
				part, err := s.uploadPart(ctx, o, id, int32(i+1), io.NewSectionReader(content, from, min(size, o.Size-from)))
				if err != nil {
					stop(err)
					return
				}
				parts[i] = part
			}
		})
	}
	func() {
		defer close(next)
		for i := range count {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	wait.Wait()
	return parts, context.Cause(ctx)
}

func (s Store) uploadPart(ctx context.Context, o Object, id *string, number int32, part *io.SectionReader) (types.CompletedPart, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, part); err != nil {
		return types.CompletedPart{}, err
	}
	if _, err := part.Seek(0, io.SeekStart); err != nil {
		return types.CompletedPart{}, err
	}
	sum := aws.String(base64.StdEncoding.EncodeToString(hash.Sum(nil)))
	out, err := s.Client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket:         aws.String(o.Bucket),
		Key:            aws.String(o.Key),
		UploadId:       id,
		PartNumber:     aws.Int32(number),
		Body:           part,
		ContentLength:  aws.Int64(part.Size()),
		ChecksumSHA256: sum,
	})
	if err != nil {
		return types.CompletedPart{}, err
	}
	return types.CompletedPart{ETag: out.ETag, PartNumber: aws.Int32(number), ChecksumSHA256: sum}, nil
}
