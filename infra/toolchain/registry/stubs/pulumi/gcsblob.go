// Package gcsblob stands for the driver of gs://, which the lab's states never use.
package gcsblob

import (
	"context"
	"errors"
	"net/url"

	"gocloud.dev/blob"
)

// Scheme is what Pulumi looks for Google credentials for.
const Scheme = "gs"

type leftOut struct{}

// Registered all the same: Pulumi takes a URL that no driver knows for one of its service, and asks for an access token.
func init() { blob.DefaultURLMux().RegisterBucket("gs", leftOut{}) }

func (leftOut) OpenBucketURL(context.Context, *url.URL) (*blob.Bucket, error) {
	return nil, errors.New("this build of Pulumi has no driver for gs")
}
