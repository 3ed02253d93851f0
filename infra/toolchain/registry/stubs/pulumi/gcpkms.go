// Package gcpkms stands for the keeper of gcpkms://: the lab's secrets are kept with a passphrase.
package gcpkms

import (
	"context"
	"errors"
	"net/url"

	"gocloud.dev/secrets"
)

// Scheme is none that a URL can have, so that Pulumi says that there is no driver for gcpkms.
const Scheme = "gcpkms:"

var errLeftOut = errors.New("this build of Pulumi has no driver for gcpkms")

// Client is never made.
type Client struct{}

// Dial always fails.
func Dial(context.Context, any) (*Client, func(), error) { return nil, nil, errLeftOut }

// URLOpener opens nothing.
type URLOpener struct{ Client *Client }

// OpenKeeperURL always fails.
func (*URLOpener) OpenKeeperURL(context.Context, *url.URL) (*secrets.Keeper, error) {
	return nil, errLeftOut
}
