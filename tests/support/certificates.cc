#include "tests/support/certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace aplus {
namespace certificates {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

void Require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("test certificates: ") + what);
}

Key NewKey() {
  Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  Require(key != nullptr, "key");
  return key;
}

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), X509_EXTENSION_free);
  Require(extension != nullptr, value.c_str());
  Require(X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

Certificate Begin(EVP_PKEY* key, const std::string& common_name, long from, long until) {
  Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), until);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  return certificate;
}

template <class Write>
void WriteFile(const std::filesystem::path& path, Write write) {
  // Replaced in one step: gRPC may be reading it just now.
  const std::string temporary = path.string() + ".new";
  std::FILE* file = std::fopen(temporary.c_str(), "w");
  Require(file != nullptr, "file");
  Require(write(file) == 1, "write");
  std::fclose(file);
  ::chmod(temporary.c_str(), 0600);
  std::filesystem::rename(temporary, path);
}

}  // namespace certificates

struct TestAuthority::Keys {
  certificates::Key key = certificates::NewKey();
  certificates::Certificate certificate{nullptr, X509_free};
};

TestAuthority::TestAuthority() : keys_(std::make_unique<Keys>()) {
  std::string pattern = (std::filesystem::temp_directory_path() / "aplus-ca-XXXXXX").string();
  certificates::Require(::mkdtemp(pattern.data()) != nullptr, "folder");
  folder_ = pattern;
  keys_->certificate = certificates::Begin(keys_->key.get(), "aplus test authority", -3600, 24 * 3600);
  X509* authority = keys_->certificate.get();
  X509_set_issuer_name(authority, X509_get_subject_name(authority));
  certificates::AddExtension(authority, authority, NID_basic_constraints, "critical,CA:TRUE");
  certificates::AddExtension(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign");
  certificates::AddExtension(authority, authority, NID_subject_key_identifier, "hash");
  certificates::Require(X509_sign(authority, keys_->key.get(), EVP_sha256()) > 0, "sign");
  certificates::WriteFile(folder_ / "ca.pem",
                          [&](std::FILE* file) { return PEM_write_X509(file, authority); });
}

TestAuthority::~TestAuthority() { std::filesystem::remove_all(folder_); }

TlsConfig TestAuthority::Issue(const std::string& name, const LeafOptions& options) {
  certificates::Key key = certificates::NewKey();
  certificates::Certificate certificate =
      certificates::Begin(key.get(), name, options.valid_from.count(), options.valid_until.count());
  X509* authority = keys_->certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority));
  certificates::AddExtension(certificate.get(), authority, NID_basic_constraints,
                             options.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  certificates::AddExtension(certificate.get(), authority, NID_ext_key_usage, "serverAuth,clientAuth");
  std::string names;
  for (const std::string& uri : options.uris) names += (names.empty() ? "URI:" : ",URI:") + uri;
  if (!names.empty()) certificates::AddExtension(certificate.get(), authority, NID_subject_alt_name, names);
  certificates::Require(X509_sign(certificate.get(), keys_->key.get(), EVP_sha256()) > 0, "sign");

  const TlsConfig files{folder_ / "ca.pem", folder_ / (name + ".pem"), folder_ / (name + "-key.pem")};
  certificates::WriteFile(files.key, [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  certificates::WriteFile(files.certificate,
                          [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); });
  return files;
}

TlsConfig TestAuthority::IssueFor(const std::string& service, const std::string& environment) {
  LeafOptions options;
  options.uris = {"spiffe://aplus/" + environment + "/" + service};
  return Issue(service, options);
}

}  // namespace aplus
