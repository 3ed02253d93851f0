/** Says whether a range of package.json's `engines` allows a version of Node.js, e.g. 22.13.1. */
export function allowsNode(range: string, version: string): boolean;
