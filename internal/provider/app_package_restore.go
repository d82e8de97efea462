package provider

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/cache"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/pack"
	"github.com/awsdeploy/terraform-provider-awsdeploy/internal/target/artifactstore"
)

// packageHere is where this machine keeps, or would keep, the package that
// file names: file itself unless that is the path of another machine's cache.
func packageHere(file string) string {
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return file
	}
	sha, name, ok := pack.Locate(file)
	dir, err := cache.Dir()
	if !ok || err != nil {
		return file
	}
	return pack.Store{Dir: dir}.Path(pack.Package{Name: name, SHA256: sha})
}

// packagedDigest is the digest of a package by its path alone, in the form
// that Lambda uses.
func packagedDigest(file string) (digest string, ok bool) {
	sha, _, ok := pack.Locate(file)
	if !ok {
		return "", false
	}
	raw, err := hex.DecodeString(sha)
	return base64.StdEncoding.EncodeToString(raw), err == nil
}

// packageFile makes sure that the package which file names is on this machine,
// and says where. A fresh machine has the state and not the file: then it is
// fetched from where it was published, or built again from unchanged sources.
// A file that is no package's is left to the caller.
func (d data) packageFile(ctx context.Context, file string) (string, error) {
	here := packageHere(file)
	if _, err := os.Stat(here); !errors.Is(err, fs.ErrNotExist) {
		return here, nil
	}
	sha, _, ok := pack.Locate(file)
	if !ok {
		return file, nil
	}
	dir, err := cache.Dir()
	if err != nil {
		return "", err
	}
	store := pack.Store{Dir: dir}
	origin, ok := store.Origin(sha)
	if !ok {
		return "", fmt.Errorf("the package %s is not on this machine, and how it was made is not known here: "+
			"plan and apply on one machine, or have its awsdeploy_app_package made again with -replace", file)
	}
	if err := d.restorePackage(ctx, store, origin); err != nil {
		return "", fmt.Errorf("the package %s is not on this machine: %w", file, err)
	}
	return here, nil
}

func (d data) restorePackage(ctx context.Context, store pack.Store, origin pack.Origin) error {
	want := origin.Manifest
	var got pack.Package
	if origin.Key != "" && d.known() {
		published := artifactstore.Object{Bucket: origin.Bucket, Key: origin.Key, Version: origin.Version}
		var err error
		got, err = store.Add(want.Name, want.Type, want.Type == pack.TypeExecutable, func(w io.Writer) error {
			return artifactstore.Store{Client: d.aws.S3()}.Fetch(ctx, published, w)
		})
		if err != nil {
			return err
		}
	} else {
		tree, err := origin.Spec.Walk(ctx)
		if err != nil {
			return err
		}
		if tree.Digest() != origin.Digest {
			return fmt.Errorf("its sources in %s have changed since it was made: plan again", origin.Spec.Dir)
		}
		if got, err = store.Build(ctx, origin.Spec, tree); err != nil {
			return err
		}
	}
	if got.SHA256 != want.SHA256 {
		return fmt.Errorf("what was made instead has the hash %s: the build is not reproducible", got.SHA256)
	}
	return nil
}
