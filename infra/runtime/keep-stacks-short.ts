// Preloaded by the Pulumi program (Pulumi.yaml), before the SDK; not for the command line, whose uncaught errors end it.
import { keepStacksShort } from "./short-stack";

keepStacksShort();
