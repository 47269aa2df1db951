import { refusalOf } from '../../service/refusal.ts';
import { pathOf } from '../../service/request.ts';
import { send } from '../../service/send.ts';

export interface StoredFile {
  id: string;
  name: string;
  type: string;
  size: number;
  status: 'declared' | 'stored';
  createdBy: string;
  createdAt: string;
}

/** Where a browser knows no type. */
const UNKNOWN_TYPE = 'application/octet-stream';

/** Declares a file, and sends its content. @throws Refusal */
export async function upload(tenant: string, file: File): Promise<void> {
  const type = file.type || UNKNOWN_TYPE;
  const { value } = await send<StoredFile>({
    method: 'POST',
    path: pathOf(tenant, 'files'),
    body: { name: file.name, size: file.size, type },
  });
  const response = await fetch(pathOf(tenant, 'files', value.id), { method: 'PUT', body: file });
  if (!response.ok) throw await refusalOf(response);
}
