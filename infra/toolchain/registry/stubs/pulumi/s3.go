// Package s3 stands for the client of Amazon S3: Pulumi's code for state in buckets names one type of it.
package s3

// CopyObjectInput is what a driver of s3:// would hand over; there is none.
type CopyObjectInput struct{ CopySource *string }
