// Package cloudkms stands for the client of Google's key management, of which Pulumi names one constant.
package cloudkms

// CloudkmsScope is asked for with credentials that are never found.
const CloudkmsScope = ""
