// Package components stands for those of YAML files, Helm charts and Kustomize, which would bring Pulumi's whole generated Go SDK.
package components

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
)

// Each of these packages makes some of these; its importer names it itself.
var (
	NewConfigFileProvider  = leftOut
	NewConfigGroupProvider = leftOut
	NewChartProvider       = leftOut
	NewDirectoryProvider   = leftOut
)

func leftOut(*resource.ResourceProviderOptions) resource.ResourceProvider {
	return &resource.ResourceProviderFuncs{
		ConstructF: func(_ *pulumi.Context, typ, _ string, _ provider.ConstructInputs, _ pulumi.ResourceOption) (*provider.ConstructResult, error) {
			return nil, fmt.Errorf("%s is left out of this build of Pulumi's Kubernetes provider", typ)
		},
	}
}
