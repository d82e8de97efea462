package image

import (
	"fmt"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// lambdaSize is the most that an image may have on AWS Lambda, uncompressed.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const lambdaSize = 10 << 30

// ForLambda says why AWS Lambda would not run the image.
// https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
func (i *Image) ForLambda() error {
	if len(i.Manifests) != 1 {
		return fmt.Errorf("AWS Lambda takes no index of several platforms, and the image has %d: name one in `platforms`", len(i.Manifests))
	}
	one := i.Manifests[0]
	var size int64
	for _, p := range one.Parts {
		switch p.MediaType {
		case types.OCILayer, types.DockerLayer:
		default:
			return fmt.Errorf("the layer %s (%s) is a %s, and AWS Lambda takes layers with gzip alone: choose another `base_image`, and leave `compression` out", p.From, p.Digest, p.MediaType)
		}
		if !p.own {
			size += p.Size // what the base holds uncompressed is not told; it is more
		}
	}
	for _, s := range i.shapes {
		for _, l := range s.Layers {
			size += l.Bytes
		}
	}
	if size > lambdaSize {
		return fmt.Errorf("the image has %.1f GiB unpacked, and AWS Lambda runs at most 10 GiB", float64(size)/(1<<30))
	}
	return nil
}
