// Holds types.ts to the server's own description: every member that the console reads or sends must exist there. A member that the
// server renames or drops stops the build. (Lists that may be left out when sending are optional in the document and always there in
// replies, so the console keeps its own types.)
import type * as inbox from './conversations';
import type * as server from './generated';
import type * as routing from './routing';
import type * as sla from './sla';
import type * as ours from './types';

type Known<Ours, Theirs> = Exclude<keyof Ours, keyof Theirs> extends never ? true : ['not in the document:', Exclude<keyof Ours, keyof Theirs>];

type Checks = [
  Known<ours.DeliverySummary, server.DeliverySummary>,
  Known<ours.Delivery, server.DeliveryDetail>,
  Known<ours.Identification, server.IdentificationView>,
  Known<ours.Delegation, server.DelegationView>,
  Known<ours.LinkedIdentity, server.IdentityView>,
  Known<ours.Evidence, server.EvidenceView>,
  Known<ours.DeliveryLetter, server.LetterView>,
  Known<ours.DeliveryFile, server.FileView>,
  Known<ours.NewDelivery, server.NewDelivery>,
  Known<ours.Submission, server.SubmissionView>,
  Known<ours.UploadedFile, server.UploadView>,
  Known<ours.Customer, server.CustomerView>,
  Known<ours.Address, server.AddressView>,
  Known<ours.MergedRecord, server.MergedRecordView>,
  Known<ours.SimilarCustomer, server.SimilarCustomerView>,
  Known<ours.CustomerSplit, server.CustomerSplit>,
  Known<ours.ErasureReport, server.ErasureReport>,
  Known<ours.NewCustomer, server.NewCustomer>,
  Known<ours.Session, server.SessionView>,
  Known<ours.OwnSession, server.SessionItem>,
  Known<ours.Agent, server.AgentView>,
  Known<ours.SignInLink, server.LinkView>,
  Known<ours.Role, server.RoleView>,
  Known<ours.ApiKey, server.ApiKeyView>,
  Known<ours.NewApiKey, server.ApiKeyMade>,
  Known<ours.TotpSecret, server.TotpSecret>,
  Known<ours.RecoveryCodes, server.RecoveryCodes>,
  Known<ours.OutboxItem, server.OutboxItem>,
  Known<ours.AuditRow, server.AuditView>,
  Known<ours.KeySettings['seal'], server.SealView>,
  Known<ours.KeySettings['tsa'], server.TsaView>,
  Known<ours.KeySettings['log'], server.LogView>,
  Known<inbox.Conversation, server.ConversationSummary>,
  Known<inbox.ConversationDetail, server.ConversationView>,
  Known<inbox.ConversationChange, server.ConversationChange>,
  Known<inbox.Participant, server.ParticipantView>,
  Known<inbox.MergeSuggestion, server.SuggestionView>,
  Known<inbox.ReplyTo, server.ReplyTo>,
  Known<inbox.Message, server.ConversationMessage>,
  Known<inbox.MessageAttachment, server.AttachmentView>,
  Known<inbox.MessageLetter, server.MessageLetter>,
  Known<inbox.NewMessage, server.NewMessage>,
  Known<inbox.NewConversation, server.NewConversation>,
  Known<inbox.UploadedAttachment, server.AttachmentUpload>,
  Known<inbox.Draft, server.DraftView>,
  Known<inbox.DraftWords, server.DraftWords>,
  Known<inbox.ScopeCount, server.ScopeCount>,
  Known<inbox.Assignee, server.Assignee>,
  Known<inbox.Mailbox, server.MailboxView>,
  Known<inbox.Label, server.LabelView>,
  Known<inbox.Team, server.Team>,
  Known<sla.Due, server.Due>,
  Known<sla.Calendar, server.CalendarView>,
  Known<sla.HolidayImport, server.HolidayImport>,
  Known<sla.Policy, server.PolicyView>,
  Known<sla.Step, server.SlaStep>,
  Known<routing.PresenceView, server.PresenceView>,
  Known<routing.RoutingSettings, server.RoutingSettings>,
  Known<routing.RoutedAgent, server.RoutedAgent>,
  Known<routing.RoutingCandidate, server.RoutingCandidate>,
  Known<routing.Assignment, server.Assignment>,
];

type Whole<List extends readonly unknown[]> = List extends readonly true[] ? true : List;
export const in_step: Whole<Checks> = true;
