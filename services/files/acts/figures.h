// What the service counts (P103).
#pragma once

#include <string>

#include "libs/telemetry/metrics.h"
#include "services/files/domain/contents/flaw.h"

namespace aplus::files {

class Figures {
 public:
  explicit Figures(Metrics& metrics)
      : uploads(metrics.GetCounter("aplus_files_uploads_total", "Files received whole and accepted")),
        uploaded_bytes(metrics.GetCounter("aplus_files_uploaded_bytes_total", "Plaintext bytes of those")),
        downloads(metrics.GetCounter("aplus_files_downloads_total", "Files or ranges given out whole")),
        downloaded_bytes(
            metrics.GetCounter("aplus_files_downloaded_bytes_total", "Plaintext bytes given out")),
        broken_off(metrics.GetCounter("aplus_files_broken_off_total", "Uploads that ended early")),
        corrupt(metrics.GetCounter("aplus_files_corrupt_total",
                                   "Objects that were not what was stored: any is an alarm")),
        erased(metrics.GetCounter("aplus_files_erased_total", "Files destroyed, with proof")),
        orphans(metrics.GetCounter("aplus_files_orphans_total", "Objects and keys of no file, swept")),
        due(metrics.GetGauge("aplus_files_erasures_due",
                             "Files whose life is over and that are not destroyed")),
        overdue(
            metrics.GetGauge("aplus_files_erasures_overdue", "Those for twelve hours and more: an alarm")),
        paused(metrics.GetGauge("aplus_files_erasure_paused",
                                "1: the guard against mass erasure has stopped it")),
        scanning(metrics.GetGauge("aplus_files_scanning", "Files that wait for the scanner")),
        scan_failures(metrics.GetCounter("aplus_files_scan_failures_total", "Scans without a verdict")),
        metrics_(metrics) {}

  // Refused uploads by what was wrong with them.
  void CountRefused(Flaw flaw) { CountRefused(Describe(flaw).code); }
  void CountRefused(std::string_view code) {
    metrics_
        .GetCounter("aplus_files_refused_total", "Files refused, by reason", {{"reason", std::string(code)}})
        .Add();
  }

  Counter &uploads, &uploaded_bytes, &downloads, &downloaded_bytes, &broken_off, &corrupt, &erased, &orphans;
  Gauge &due, &overdue, &paused, &scanning;
  Counter& scan_failures;

 private:
  Metrics& metrics_;
};

}  // namespace aplus::files
