import type { PackageStub, PatchedModule } from "./go-patch";
import { kubernetesProviderModule } from "./versions";

const stub = (file: string, kept: readonly string[] = []): PackageStub => ({ file, kept });
const whole = ["."];

/**
 * What the Pulumi CLI is built without: states and secrets kept with cloud providers, `pulumi logs` of these, and
 * `pulumi api`. The lab's states are files, its secrets kept with a passphrase. From an empty cache with the standard library,
 * the CLI takes 161 s of processor time without them, 401 s with them, 103 s of that for `pulumi api` alone, and has 57 MB
 * instead of 115 MB (2026-11-24). Whoever asks for one of these is told by name that it is left out.
 */
export const pulumiStubs: readonly PatchedModule[] = [
  {
    path: "github.com/pulumi/pulumi/pkg/v3",
    copied: whole,
    packages: {
      authhelpers: stub("authhelpers.go"),
      "backend/diy/postgres": stub("postgres.go"),
      // `pulumi org` and `pulumi insights` use how these two find the organization and show errors.
      "cmd/pulumi/cloud": stub("cloud.go", ["envelope.go", "resolve.go"]),
      operations: stub("operations.go", ["operations.go", "operations_cloud_aws.go", "resources.go"]),
    },
  },
  {
    path: "gocloud.dev",
    copied: whole,
    packages: {
      "blob/azureblob": stub("azureblob.go"),
      "blob/gcsblob": stub("gcsblob.go"),
      "blob/s3blob": stub("s3blob.go"),
      "secrets/awskms": stub("awskms.go"),
      "secrets/azurekeyvault": stub("azurekeyvault.go"),
      "secrets/gcpkms": stub("gcpkms.go"),
    },
  },
  { path: "gocloud.dev/secrets/hashivault", copied: [], packages: { ".": stub("hashivault.go") } },
  { path: "github.com/aws/aws-sdk-go-v2/service/s3", copied: [], packages: { ".": stub("s3.go") } },
  {
    path: "google.golang.org/api",
    // Named by the errors of gax-go, which gocloud.dev uses to try again.
    copied: ["googleapi", "internal/third_party/uritemplates"],
    packages: { "cloudkms/v1": stub("cloudkms.go") },
  },
  { path: "github.com/alecthomas/chroma", copied: whole, packages: { quick: stub("quick.go") } },
  { path: "github.com/alecthomas/chroma/v2", copied: whole, packages: { quick: stub("quick.go") } },
];

/**
 * What Pulumi's Kubernetes provider is built without: three component resources, which no lab uses. They bring Pulumi's generated Go SDK: on top of
 * Kubernetes' own build, the provider takes 2.5 min of processor time and 94 MB without them, 12 min 39 s and 308 MB with them.
 */
export const kubernetesProviderStubs: readonly PatchedModule[] = [
  {
    path: kubernetesProviderModule.path,
    copied: whole,
    packages: {
      "pkg/provider/yaml/v2": stub("components.go"),
      "pkg/provider/helm/v4": stub("components.go"),
      "pkg/provider/kustomize/v2": stub("components.go"),
    },
    generated: {
      "cmd/pulumi-resource-kubernetes/schema-embed.json": "cmd/pulumi-resource-kubernetes/schema.json",
      "cmd/pulumi-resource-kubernetes/terraform-mapping-embed.json":
        "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
    },
  },
];
