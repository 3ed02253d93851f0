// Package awskms stands for the keeper of awskms://: the lab's secrets are kept with a passphrase.
package awskms
