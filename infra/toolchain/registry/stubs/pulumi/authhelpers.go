// Package authhelpers stands for the search for Google's credentials, which only drivers that are left out ask for.
package authhelpers

import (
	"context"
	"errors"

	"gocloud.dev/blob"
)

var errLeftOut = errors.New("this build of Pulumi has no drivers for Google Cloud")

// GoogleCredentials are never found.
type GoogleCredentials struct{ TokenSource any }

// ResolveGoogleCredentials always fails.
func ResolveGoogleCredentials(context.Context, string) (*GoogleCredentials, error) {
	return nil, errLeftOut
}

// GoogleCredentialsMux always fails.
func GoogleCredentialsMux(context.Context) (*blob.URLMux, error) { return nil, errLeftOut }
