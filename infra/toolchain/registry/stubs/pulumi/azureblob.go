// Package azureblob stands for the driver of azblob://, which the lab's states never use.
package azureblob

import (
	"context"
	"errors"
	"net/url"

	"gocloud.dev/blob"
)

// Scheme is what Pulumi makes an opener of its own for.
const Scheme = "azblob"

// ServiceURLOptions is empty: nothing is opened with it.
type ServiceURLOptions struct{}

// NewDefaultServiceURLOptions makes the options of an opener that opens nothing.
func NewDefaultServiceURLOptions() *ServiceURLOptions { return &ServiceURLOptions{} }

// NewDefaultClient fills the field of an opener that opens nothing.
func NewDefaultClient() {}

// URLOpener opens nothing.
type URLOpener struct {
	MakeClient        func()
	ServiceURLOptions ServiceURLOptions
}

// Registered all the same: Pulumi takes a URL that no driver knows for one of its service, and asks for an access token.
func init() { blob.DefaultURLMux().RegisterBucket(Scheme, &URLOpener{}) }

// OpenBucketURL always fails.
func (*URLOpener) OpenBucketURL(context.Context, *url.URL) (*blob.Bucket, error) {
	return nil, errors.New("this build of Pulumi has no driver for azblob")
}
