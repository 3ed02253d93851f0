import { textOf } from "../manifest";
import { ready, waiting, type Readiness, type ReadinessRule } from "./readiness";

/** A PersistentVolume is ready when it can be claimed or is. */
export const volumeReadiness: ReadinessRule = {
  assess: ({ live }): Readiness => {
    const phase = textOf(live, "status", "phase");
    return phase === "Available" || phase === "Bound"
      ? ready
      : waiting(`PersistentVolume is ${phase || "not seen yet"}`);
  },
};

/** A PersistentVolumeClaim is ready when it is bound, or when its storage class binds only for the first pod that uses it. */
export const volumeClaimReadiness: ReadinessRule = {
  companionsOf: () => ({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", labelSelector: "" }),
  assess: ({ live, companions }): Readiness => {
    const phase = textOf(live, "status", "phase");
    const storageClass = companions?.find(
      (candidate) => textOf(candidate, "metadata", "name") === textOf(live, "spec", "storageClassName"),
    );
    const late = storageClass !== undefined && textOf(storageClass, "volumeBindingMode") === "WaitForFirstConsumer";
    return phase === "Bound" || (late && phase === "Pending")
      ? ready
      : waiting(`PersistentVolumeClaim is ${phase || "not seen yet"}`);
  },
};
