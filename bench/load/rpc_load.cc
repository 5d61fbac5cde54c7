// Keeps a number of unary calls outstanding against one gRPC server for a while, and says as one line of JSON
// how many were answered, how long they took and what CPU the watched processes used meanwhile.
//
//   aplus-bench-load --target 127.0.0.1:5000 --method /aplus.requests.v1.Requests/CountRequests
//                    --tls CA CERTIFICATE KEY --calls FILE [--outstanding 64] [--channels 2] [--warm 2]
//                    [--seconds 5] [--watch PID,PID...]...
//
// FILE: one call a line, "identity-token request-in-hexadecimal"; taken in turn. Any answer but OK ends it.
#include <fmt/format.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "libs/rpc/grpc_locks.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string target, method, ca, certificate, key, calls;
  int outstanding = 64, channels = 2;
  double warm = 2, seconds = 5;
  std::vector<std::vector<int>> watched;
};

struct Call {
  std::string token, request;
};

[[noreturn]] void Die(const std::string& why) {
  std::cerr << "aplus-bench-load: " << why << "\n";
  std::_Exit(1);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) Die("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<int> ParsePids(const std::string& text) {
  std::vector<int> pids;
  std::stringstream stream(text);
  for (std::string one; std::getline(stream, one, ',');) pids.push_back(std::stoi(one));
  return pids;
}

Options Parse(int argc, char** argv) {
  Options options;
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& flag = words[i];
    const auto value = [&]() -> const std::string& {
      if (++i >= words.size()) Die(flag + " needs a value");
      return words[i];
    };
    if (flag == "--target") {
      options.target = value();
    } else if (flag == "--method") {
      options.method = value();
    } else if (flag == "--tls") {
      options.ca = value(), options.certificate = value(), options.key = value();
    } else if (flag == "--calls") {
      options.calls = value();
    } else if (flag == "--outstanding") {
      options.outstanding = std::stoi(value());
    } else if (flag == "--channels") {
      options.channels = std::stoi(value());
    } else if (flag == "--warm") {
      options.warm = std::stod(value());
    } else if (flag == "--seconds") {
      options.seconds = std::stod(value());
    } else if (flag == "--watch") {
      options.watched.push_back(ParsePids(value()));
    } else {
      Die("unknown flag " + flag);
    }
  }
  if (options.target.empty() || options.method.empty() || options.calls.empty())
    Die("--target, --method, --calls");
  return options;
}

std::string FromHex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::vector<Call> ReadCalls(const std::string& path) {
  std::vector<Call> calls;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) continue;
    calls.push_back({line.substr(0, space), FromHex(line.substr(space + 1))});
  }
  if (calls.empty()) Die("no calls in " + path);
  return calls;
}

// User and system time of a process and all its threads.
double CpuSeconds(const std::vector<int>& pids) {
  double ticks = 0;
  for (const int pid : pids) {
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    std::string line;
    std::getline(file, line);
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) continue;  // ended meanwhile
    std::stringstream fields(line.substr(name_end + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    double user = 0, system = 0;
    fields >> user >> system;
    ticks += user + system;
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

class Load {
 public:
  explicit Load(Options options) : options_(std::move(options)), calls_(ReadCalls(options_.calls)) {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = ReadFile(options_.ca);
    tls.pem_cert_chain = ReadFile(options_.certificate);
    tls.pem_private_key = ReadFile(options_.key);
    const auto credentials = grpc::SslCredentials(tls);
    for (int i = 0; i < options_.channels; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt("bench.channel", i);  // else gRPC shares one connection among equal channels
      channels_.push_back(grpc::CreateCustomChannel(options_.target, credentials, arguments));
      if (!channels_.back()->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10)))
        Die("no connection to " + options_.target);
      stubs_.push_back(std::make_unique<grpc::GenericStub>(channels_.back()));
    }
  }

  int Run() {
    slots_.resize(static_cast<std::size_t>(options_.outstanding));
    for (std::size_t i = 0; i < slots_.size(); ++i) Start(i);
    Until(options_.warm);
    took_.clear();
    std::vector<double> before;
    for (const auto& pids : options_.watched) before.push_back(CpuSeconds(pids));
    const double own = CpuSeconds({::getpid()});
    const Clock::time_point began = Clock::now();
    Until(options_.seconds);
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    const std::size_t answered = took_.size();
    std::string cpu;
    for (std::size_t i = 0; i < options_.watched.size(); ++i) {
      cpu += fmt::format("{}{:.2f}", i == 0 ? "" : ", ",
                         1e6 * (CpuSeconds(options_.watched[i]) - before[i]) / static_cast<double>(answered));
    }
    const double own_cpu = 1e6 * (CpuSeconds({::getpid()}) - own) / static_cast<double>(answered);
    std::sort(took_.begin(), took_.end());
    std::cout << fmt::format(
                     R"({{"calls": {}, "seconds": {:.3f}, "per_second": {:.1f}, "median_us": {:.0f}, )"
                     R"("p99_us": {:.0f}, "client_cpu_us": {:.2f}, "cpu_us": [{}]}})",
                     answered, seconds, static_cast<double>(answered) / seconds, At(0.5), At(0.99), own_cpu,
                     cpu)
              << std::endl;
    // The calls under way are nobody's any more.
    std::_Exit(0);
  }

 private:
  struct Slot {
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
    grpc::ByteBuffer answer;
    grpc::Status status;
    Clock::time_point began;
  };

  void Start(std::size_t index) {
    Slot& slot = slots_[index];
    const Call& call = calls_[next_++ % calls_.size()];
    slot.reader.reset();
    slot.context = std::make_unique<grpc::ClientContext>();
    slot.context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    slot.context->AddMetadata("x-aplus-identity", call.token);
    slot.context->AddMetadata("x-request-id", fmt::format("bench-{}", next_));
    slot.answer.Clear();
    slot.began = Clock::now();
    const grpc::Slice slice(call.request);
    slot.reader = stubs_[index % stubs_.size()]->PrepareUnaryCall(slot.context.get(), options_.method,
                                                                  grpc::ByteBuffer(&slice, 1), &queue_);
    slot.reader->StartCall();
    slot.reader->Finish(&slot.answer, &slot.status, reinterpret_cast<void*>(index));
  }

  void Until(double seconds) {
    const Clock::time_point end = Clock::now() + std::chrono::microseconds(std::int64_t(seconds * 1e6));
    void* tag = nullptr;
    bool ok = false;
    while (Clock::now() < end && queue_.Next(&tag, &ok)) {
      const auto index = reinterpret_cast<std::size_t>(tag);
      Slot& slot = slots_[index];
      if (!slot.status.ok()) {
        Die(fmt::format("answer {}: {}", static_cast<int>(slot.status.error_code()),
                        slot.status.error_message()));
      }
      took_.push_back(std::chrono::duration<float, std::micro>(Clock::now() - slot.began).count());
      Start(index);
    }
  }

  double At(double part) const {
    return took_.empty() ? 0 : took_[static_cast<std::size_t>(part * static_cast<double>(took_.size() - 1))];
  }

  Options options_;
  std::vector<Call> calls_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  grpc::CompletionQueue queue_;
  std::vector<Slot> slots_;
  std::vector<float> took_;  // microseconds
  std::size_t next_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  aplus::LockWithoutGraph();
  return Load(Parse(argc, argv)).Run();
}
