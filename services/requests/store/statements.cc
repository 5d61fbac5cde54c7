#include "services/requests/store/statements.h"

#include "libs/postgres/clock_guard.h"
#include "services/requests/store/comment_rows.h"
#include "services/requests/store/contents_rows.h"
#include "services/requests/store/count_rows.h"
#include "services/requests/store/draft_rows.h"
#include "services/requests/store/entry_rows.h"
#include "services/requests/store/erasure_rows.h"
#include "services/requests/store/file_rows.h"
#include "services/requests/store/job_rows.h"
#include "services/requests/store/leftover_rows.h"
#include "services/requests/store/list_rows.h"
#include "services/requests/store/membership_rows.h"
#include "services/requests/store/message_draft_rows.h"
#include "services/requests/store/metadata_rows.h"
#include "services/requests/store/reminder_rows.h"
#include "services/requests/store/report_rows.h"
#include "services/requests/store/request_rows.h"
#include "services/requests/store/search_rows.h"
#include "services/requests/store/trace_rows.h"
#include "services/requests/store/work_rows.h"

namespace aplus::requests {

StatementTable RequestStatements() {
  StatementTable table;
  table
      .Add(kLockRequest, kReadRequest, kDatabaseTime, kNextNumber, kInsertRequest, kSaveRequest,
           kParticipants, kAddressedGroups, kJoinedAfterClosing, kInsertParticipant, kDeleteParticipant,
           kInsertAddressed, kSaveAddressed)
      .Add(kInsertEntry, kThreadForAll, kThreadForInstructors, kHistoryForAll, kHistoryForInstructors,
           kFindEntry, kMyMark, kMarksForAll, kMarksForInstructors, kSaveMark)
      .Add(kReadContents, kListContents, kInsertContents, kSaveCitizen, kKeepOldCitizen, kOldCitizens,
           kMessageContent, kInsertMessageContent, kSaveSearchEntry, kAddSearchReaders)
      .Add(kSaveGroupWork, kSavePersonWork, kDropPersonWork)
      .Add(kGroupsByMessage, kGroupsByCreation, kGroupsByDeadline, kPersonByMessage, kPersonByCreation,
           kPersonByDeadline, kSearch, kFoundForGroups, kFoundForPerson, kCountForGroups, kCountForPerson,
           kListedRows, kListedGroups, kNoteListShown, kForgetListsShown)
      .Add(kInsertFile, kReadFile, kFilesOfRequest, kFilesOfEntries, kAttachFiles, kFilesReceiving,
           kFileTotals, kSaveFileState, kNoteDownload, kDownloadedByMe, kDownloads, kFileNames, kFileName,
           kInsertFileName)
      .Add(kInsertDraft, kReadDraft, kLockDraft, kMyDrafts, kCountMyDrafts, kTouchDraft, kExpireDraft,
           kDeleteDraft, kReadDraftContent, kSaveDraftContent)
      .Add(kReadMessageDraft, kSaveMessageDraft, kDropMessageDraft, kNewerForAll, kNewerForInstructors,
           kSweepMessageDrafts, kEraseMessageDrafts)
      .Add(kSaveComment, kEraseComment, kComments)
      .Add(kMetadata, kMetadataOfGroups, kMetadataOfAll, kUnseenByMe, kMyTraces)
      .Add(kScheduleErasure, kCancelErasure, kClaimErasure, kStepErasure, kReleaseErasure, kEndErasure,
           kErasureBacklog, kWriteProof, kEraseCitizenHistory, kEraseMessages, kEraseContents,
           kEraseFileNames, kEraseFileName, kEraseSearch, kEraseGroupWork, kErasePersonWork, kEraseFiles,
           kCountContents, kOrphans)
      .Add(kBecameLate, kToBeWarned, kForgetWarning, kToBeAnnounced, kToBeRaised, kToBeClosed, kLogPosition,
           kLockDraftToErase)
      .Add(kHoldersOfContents, kHoldersOfCitizens, kHoldersOfMessages, kHoldersOfHalfWritten,
           kHoldersOfFileNames, kHoldersOfDrafts, kHoldersOfWords, kHoldersOfGroupWork, kHoldersOfPersonWork,
           kOutlived, kWithoutTask, kUnscheduled, kEraseAgain)
      .Add(kToBeReminded, kWaitingFor, kNoteReminded, kExpiringFiles, kNoteWarned)
      .Add(kKeepReport, kReports, kIsMemberOfAny, kOwned, kInvitedToOwned)
      .Add(kSaveMembership, kDropMembership, kOpenRequestsOf, kKnownMembers, kAlwaysMember);
  return table;
}

StatementTable KeystoreStatements() {
  StatementTable table;
  table.Add(kInsertKey, kInsertKeys, kReadKeys, kDestroyKey, kOldKeys, kKeysToRewrap, kKeysUnder, kRewrapKey);
  table.Add(ClockGuard::Statements());
  return table;
}

}  // namespace aplus::requests
