/** Twenty models such as an application has, in a form that each library's own definitions are written from. */

export type FieldKind = 'string' | 'number' | 'boolean' | 'date' | 'id';

export interface SchemaField {
  name: string;
  kind: FieldKind;
  isRequired: boolean;
}

export interface Schema {
  name: string;
  prefix: string;
  /** the first one is the id */
  fields: readonly SchemaField[];
  /** a secondary index */
  index: { name: string; partition: string; sort: string };
}

/** Name, prefix, fields (`*` required, `:` kind), and the two fields of the index. The id and the times of creation and change come on top. */
const LINES = `
User us | name* email* phone locale isActive:boolean lastSeenAt:date | email name
Team te | title* description owner:id* color memberLimit:number | owner title
Membership me | user:id* team:id* role* invitedBy:id acceptedAt:date | team user
Project pr | label* summary team:id* status* budget:number dueAt:date isArchived:boolean | team label
Task ta | heading* details project:id* assignee:id priority:number estimate:number doneAt:date | project heading
Comment co | body* task:id* author:id* editedAt:date isPinned:boolean | task author
Attachment at | fileName* contentType* sizeBytes:number task:id* checksum uploadedBy:id | task fileName
Invoice in | number* customer:id* total:number currency* issuedAt:date paidAt:date | customer number
LineItem li | invoice:id* sku* quantity:number unitPrice:number taxRate:number note | invoice sku
Customer cu | company* contact street city postalCode country* vatNumber | country company
Subscription su | customer:id* plan* seats:number renewsAt:date canceledAt:date isTrial:boolean | customer plan
Payment pa | invoice:id* provider* reference* amount:number capturedAt:date failure | invoice reference
Product pd | slug* headline* blurb price:number stock:number isListed:boolean | slug headline
Category ca | heading* parent:id position:number icon isHidden:boolean | parent heading
Review rv | product:id* reviewer:id* stars:number remark verifiedAt:date | product reviewer
Cart cr | owner:id* coupon itemCount:number expiresAt:date isGift:boolean | owner coupon
Shipment sh | orderRef* carrier* tracking weight:number shippedAt:date deliveredAt:date | carrier tracking
Notification no | recipient:id* channel* subject* message readAt:date isUrgent:boolean | recipient channel
AuditEntry au | actor:id* action* target* before after happenedAt:date | actor action
Callback cb | endpoint* event* secretName failures:number disabledAt:date isPaused:boolean | event endpoint
`;

export const SCHEMAS: readonly Schema[] = LINES.trim().split('\n').map(parseLine);

function parseLine(line: string): Schema {
  const [head = '', body = '', index = ''] = line.split('|').map((part) => part.trim());
  const [name = '', prefix = ''] = head.split(' ');
  const [partition = '', sort = ''] = index.split(' ');
  const fields = body.split(' ').map(parseField);
  const id: SchemaField = { name: `${camelCase(name)}Id`, kind: 'id', isRequired: true };
  return { name, prefix, fields: [id, ...fields], index: { name: `${camelCase(name)}By${pascalCase(partition)}`, partition, sort } };
}

function parseField(text: string): SchemaField {
  const [, name = '', kind = 'string', required] = /^(\w+)(?::(\w+))?(\*)?$/.exec(text) ?? [];
  return { name, kind: kind as FieldKind, isRequired: required !== undefined }; // one of the words above
}

export function camelCase(name: string): string {
  return `${name[0]?.toLowerCase()}${name.slice(1)}`;
}

function pascalCase(name: string): string {
  return `${name[0]?.toUpperCase()}${name.slice(1)}`;
}

export function kebabCase(name: string): string {
  return camelCase(name).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
