/** Files of a store in a folder that all machines share, as on a file server: whole or absent. */

import { writeAtomic } from "../../atomic_file.ts";
import { type BlobArchive, BlobStore, type StoredBlob } from "../blobs.ts";
