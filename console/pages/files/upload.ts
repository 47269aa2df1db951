import { createClient, type FileInfo } from 'steamer/client';
import { pathOf } from '../../service/request.ts';

/** Sends a file, in parts where it is large. @param onProgress is told how many bytes are stored. @throws SteamerError */
export async function upload(tenant: string, file: File, onProgress: (bytes: number) => void): Promise<FileInfo> {
  return createClient({ url: `${location.origin}${pathOf(tenant)}` }).files.upload(file, { onProgress });
}
