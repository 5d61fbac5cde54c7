// The services behind a gateway that is being measured: answers auth's Authenticate and two reads of requests
// with bytes made once, over mutual TLS as the real ones, so that what is left to measure is the gateway. The
// same answers go to whoever asks.
//
//   aplus-bench-canned-backend CERTIFICATES AUTH_LISTEN REQUESTS_LISTEN
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "aplus/auth/v1/internal.pb.h"
#include "aplus/requests/v1/requests.pb.h"
#include "libs/rpc/grpc_locks.h"

namespace {

namespace v1 = aplus::requests::v1;

[[noreturn]] void Die(const std::string& why) {
  std::cerr << "aplus-bench-canned-backend: " << why << "\n";
  std::_Exit(1);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) Die("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

grpc::ByteBuffer BytesOf(const google::protobuf::Message& message) {
  const std::string wire = message.SerializeAsString();
  const grpc::Slice slice(wire);
  return {&slice, 1};
}

grpc::ByteBuffer Session() {
  aplus::auth::v1::AuthenticateResponse answer;
  answer.set_identity_token(std::string(420, 'x'));  // as long as one of a person in one group
  answer.set_user_id("0190f0f0-7c1e-7000-8000-000000000001");
  answer.mutable_expires_at()->set_seconds(4'000'000'000);
  return BytesOf(answer);
}

grpc::ByteBuffer Files() {
  v1::ListFilesResponse answer;
  for (int i = 0; i < 2; ++i) {
    v1::FileEntry& one = *answer.add_files();
    one.set_id("0190f0f0-7c1e-7000-8000-00000000001" + std::to_string(i));
    one.set_name("attestation de paiement.pdf");
    one.set_size(183'204 + i);
    one.set_type("application/pdf");
    one.set_state(v1::FILE_STATE_AVAILABLE);
    one.mutable_readable_until()->set_seconds(1'779'598'000 + i);
  }
  return BytesOf(answer);
}

// What an ordinary list shows: two administrations addressed, somebody in charge of every other request.
grpc::ByteBuffer List() {
  v1::ListRequestsResponse answer;
  for (int i = 0; i < 50; ++i) {
    v1::RequestSummary& one = *answer.add_requests();
    one.set_id("0190f0f0-7c1e-7000-8000-" + std::to_string(100'000'000'000 + i));
    one.set_number("26-00042" + std::to_string(10 + i));
    one.set_state(i % 3 == 0 ? v1::REQUEST_STATE_NEW : v1::REQUEST_STATE_IN_PROGRESS);
    one.set_version(3 + i);
    one.set_area_id("95");
    one.set_subject("Allocation logement suspendue depuis « mars »");
    one.set_citizen_name("Awa Ndiaye-Testeur");
    one.set_creator_group_id("0190f0f0-7c1e-7000-8000-000000000095");
    one.set_creator_group("France Services Val-d’Oise");
    for (const char* organisation : {"caf", "cpam"}) {
      v1::AddressedGroup& group = *one.add_groups();
      group.set_group_id("0190f0f0-7c1e-7000-8000-0123456789ab");
      group.set_name("Plateforme des allocations du Val-d’Oise");
      group.set_organisation_id(organisation);
      group.set_organisation(organisation);
      group.set_state(v1::GROUP_STATE_WAITING);
      group.mutable_invited_at()->set_seconds(1'778'598'000 + i);
    }
    if (i % 2 == 0) {
      one.mutable_in_charge()->set_user_id("0190f0f0-7c1e-7000-8000-0123456789ac");
      one.mutable_in_charge()->set_name("Léa Bernard");
      one.mutable_in_charge()->set_group("CAF du Val-d’Oise");
    }
    one.mutable_created_at()->set_seconds(1'778'598'000 + i);
    one.mutable_created_at()->set_nanos(123'456'000);
    one.mutable_last_message_at()->set_seconds(1'778'698'000 + i);
    one.mutable_deadline()->set_seconds(1'778'798'000 + i);
    one.set_unread(i % 4);
    one.set_opened_by_me(i % 2 == 0);
  }
  answer.set_next_page_token("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v");
  return BytesOf(answer);
}

class Answers final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    return new Call(Find(context->method()));
  }

 private:
  class Call final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Call(const grpc::ByteBuffer* answer) : answer_(answer) { StartRead(&request_); }
    void OnReadDone(bool ok) override {
      if (!ok || answer_ == nullptr) return Finish({grpc::StatusCode::UNIMPLEMENTED, "nothing canned"});
      StartWriteAndFinish(answer_, grpc::WriteOptions(), grpc::Status::OK);
    }
    void OnDone() override { delete this; }

   private:
    const grpc::ByteBuffer* answer_;
    grpc::ByteBuffer request_;
  };

  const grpc::ByteBuffer* Find(const std::string& method) const {
    if (method.ends_with("/Authenticate")) return &session_;
    if (method.ends_with("/ListFiles")) return &files_;
    if (method.ends_with("/ListRequests")) return &list_;
    return nullptr;
  }

  const grpc::ByteBuffer session_ = Session(), files_ = Files(), list_ = List();
};

std::unique_ptr<grpc::Server> Serve(Answers& answers, const std::string& folder, const std::string& name,
                                    const std::string& listen) {
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = ReadFile(folder + "/ca.pem");
  tls.pem_key_cert_pairs.push_back(
      {ReadFile(folder + "/" + name + "-key.pem"), ReadFile(folder + "/" + name + ".pem")});
  grpc::ServerBuilder builder;
  builder.AddListeningPort(listen, grpc::SslServerCredentials(tls));
  builder.RegisterCallbackGenericService(&answers);
  auto server = builder.BuildAndStart();
  if (!server) Die("cannot listen on " + listen);
  return server;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) Die("CERTIFICATES AUTH_LISTEN REQUESTS_LISTEN");
  aplus::LockWithoutGraph();
  // Each under its own name: a client refuses a service that shows another's certificate.
  Answers of_auth, of_requests;
  const auto auth = Serve(of_auth, argv[1], "auth", argv[2]);
  const auto requests = Serve(of_requests, argv[1], "requests", argv[3]);
  requests->Wait();
}
