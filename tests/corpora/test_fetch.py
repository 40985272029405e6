import gzip
import http.client
import http.server
import io
import os
import tarfile
import threading
import zipfile

import numpy as np
import pytest

from gtzan.audio.files import write_wav
from gtzan.cli.main import main
from gtzan.corpora import archive as archives
from gtzan.corpora import download, fetch
from gtzan.corpora.archive import extract
from gtzan.corpora.fetch import fetch_gtzan
from gtzan.errors import UserError


class Server(http.server.ThreadingHTTPServer):
    """Serves ``body`` under every path and misbehaves as told."""

    body = b""
    etag = '"1"'
    ranges = True
    status = 200
    content_range: str | None = None
    """What the answer to a range says, instead of the truth."""
    redirect: str | None = None
    length: str | None = None
    """What a whole answer's Content-Length says, instead of the truth."""
    chunked = False
    """Whether no answer says how long it is; less of a range than was asked for is a whole answer then."""
    cuts: list[int]
    """For each coming request, after how many bytes the connection breaks; whole when empty."""
    requests: list[dict[str, str]]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.requests.append(dict(self.headers))
        if server.redirect:
            self.send_response(302)
            self.send_header("Location", server.redirect)
            self.end_headers()
            return
        if server.status != 200:
            self.send_error(server.status)
            return
        start, whole = 0, len(server.body)
        asked = self.headers.get("Range")
        if asked and server.ranges and self.headers.get("If-Range") in (None, server.etag):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            self.send_header("Content-Range", server.content_range or f"bytes {start}-{whole - 1}/{whole}")
        else:
            self.send_response(200)
        if server.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", server.length or str(whole - start))
        self.send_header("ETag", server.etag)
        self.end_headers()
        cut = server.cuts.pop(0) if server.cuts else whole
        sent = server.body[start : start + cut]
        if server.chunked:
            promised = len(sent) if start else whole
            sent = b"%x\r\n" % promised + sent + (b"\r\n0\r\n\r\n" if len(sent) == promised else b"")
        self.wfile.write(sent)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(download, "_PAUSE", 0)
    server = Server(("127.0.0.1", 0), Handler)
    server.cuts, server.requests = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/genres.tar.gz"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def wav(tmp_path, seed):
    write_wav(tmp_path / "a.wav", np.random.default_rng(seed).uniform(-0.1, 0.1, 22050))
    return (tmp_path / "a.wav").read_bytes()


def tar(members, mode="w:gz"):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as file:
        for name, content in members.items():
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            if isinstance(content, tarfile.TarInfo):
                file.addfile(info)
            else:
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def link(name, target, kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.fixture
def archive(tmp_path):
    return tar({f"genres/{g}/{g}.00000.wav": wav(tmp_path, seed) for seed, g in enumerate(("blues", "rock"))})


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def test_gtzan_is_fetched_extracted_and_checked(tmp_path, server, archive):
    server.body = archive
    report = fetch_gtzan(server.url, tmp_path / "data" / "gtzan")
    assert (report.found["blues"], report.found["rock"]) == (1, 1)
    assert (tmp_path / "data" / "gtzan" / "genres" / "rock" / "rock.00000.wav").is_file()
    assert left(tmp_path / "data") == ["gtzan"], "no archive and no temporary folder stay behind"


def test_a_broken_download_goes_on_where_it_stopped(tmp_path, server):
    server.body, server.cuts = os.urandom(500_000), [200_000, 100_000]
    download.download(server.url, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == server.body
    assert [request.get("Range") for request in server.requests] == [None, "bytes=200000-", "bytes=300000-"]
    assert left(tmp_path) == ["file"]


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(tmp_path, server):
    server.body, server.cuts = os.urandom(500_000), [200_000, 0, 0, 0, 0, 0]
    with pytest.raises(UserError, match=r"broke off after 0\.2 MB.*same command again"):
        download.download(server.url, tmp_path / "file")
    server.requests.clear()
    download.download(server.url, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == server.body
    assert [request.get("Range") for request in server.requests] == ["bytes=200000-"]


def test_a_server_without_ranges_makes_it_start_again(tmp_path, server):
    server.body, server.cuts, server.ranges = os.urandom(500_000), [200_000], False
    download.download(server.url, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == server.body


def test_a_server_that_sends_other_ranges_is_given_up(tmp_path, server):
    server.body, server.content_range, server.cuts = bytes(2000), "bytes 500-999/2000", [1000] * 20
    with pytest.raises(UserError, match="broke off"):
        download.download(server.url, tmp_path / "file")
    assert len(server.requests) == 6, "one that gets further, and five that do not"


def test_a_range_may_leave_the_size_open(tmp_path, server):
    server.body, server.content_range, server.cuts = os.urandom(2000), "bytes 1000-1999/*", [1000]
    download.download(server.url, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == server.body
    assert len(server.requests) == 2


def test_the_end_of_a_range_is_not_taken_for_the_end_of_the_file(tmp_path, server):
    server.body, server.cuts = os.urandom(500_000), [300_000, 100_000]
    server.chunked, server.content_range = True, "bytes 262144-362143/*"  # after the one block that was read whole
    download.download(server.url, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == server.body
    assert [request.get("Range") for request in server.requests] == [None, "bytes=262144-", None]


def test_a_file_that_changed_is_not_glued_to_its_old_beginning(tmp_path, server):
    server.body, server.cuts = os.urandom(500_000), [200_000, 0, 0, 0, 0, 0]
    with pytest.raises(UserError):
        download.download(server.url, tmp_path / "file")
    server.body, server.etag = os.urandom(500_000), '"2"'
    download.download(server.url, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == server.body


def test_a_beginning_of_another_address_is_not_used(tmp_path, server):
    server.body, server.cuts = os.urandom(500_000), [200_000, 0, 0, 0, 0, 0]
    with pytest.raises(UserError):
        download.download(server.url, tmp_path / "file")
    server.requests.clear()
    download.download(server.url + "?other", tmp_path / "file")
    assert server.requests[0].get("Range") is None


@pytest.mark.parametrize(
    ("status", "message"), [(404, "no such file.*--url"), (403, "wants a login"), (401, "wants a login")]
)
def test_a_refusal_is_one_sentence(tmp_path, server, status, message):
    server.status = status
    with pytest.raises(UserError, match=message):
        fetch_gtzan(server.url, tmp_path / "gtzan")
    assert len(server.requests) == 1, "what is refused is not asked again"


@pytest.mark.parametrize("status", [503, 408, 429])
def test_a_server_in_trouble_is_asked_again(tmp_path, server, status):
    server.status = status
    with pytest.raises(UserError, match=f"{status}.*same command again"):
        fetch_gtzan(server.url, tmp_path / "gtzan")
    assert len(server.requests) > 1


def test_a_server_that_speaks_no_http_is_one_sentence(tmp_path, server, monkeypatch):
    def garbage(*_, **__):
        raise http.client.BadStatusLine("SSH-2.0\r\nmore\r\n")

    monkeypatch.setattr(download.urllib.request, "urlopen", garbage)
    with pytest.raises(UserError, match=r"^[^\r\n]*SSH-2\.0\): run the same command again[^\r\n]*$"):
        download.download(server.url, tmp_path / "file")


def test_no_network_is_one_sentence(tmp_path, server, capsys):
    server.shutdown()
    server.server_close()
    assert main(["data", "fetch", "--url", server.url, "--to", str(tmp_path / "gtzan")]) == 2
    assert "is this machine online?" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["nowhere/genres.tar.gz", "ftp://host/genres.tar.gz", "file:///nowhere.zip"])
def test_an_address_that_is_none_is_refused(tmp_path, url):
    with pytest.raises(UserError, match="neither a file on this machine nor a web address"):
        fetch_gtzan(url, tmp_path / "gtzan")


@pytest.mark.parametrize("address", ["http://[bad/x", "http://a b/x", "http://127.0.0.1:x/"])
@pytest.mark.parametrize("redirected", [False, True])
def test_a_web_address_that_is_malformed_is_one_sentence(tmp_path, server, address, redirected):
    server.redirect = address
    with pytest.raises(UserError, match="not a valid web address"):
        fetch_gtzan(server.url if redirected else address, tmp_path / "gtzan")


@pytest.mark.parametrize("length", ["abc", "-5"])
def test_a_length_that_is_no_number_is_not_believed(tmp_path, server, archive, length):
    server.body, server.length = archive, length
    assert fetch_gtzan(server.url, tmp_path / "gtzan").found["blues"] == 1


def test_the_scheme_of_an_address_may_be_in_capitals(tmp_path, server, archive):
    server.body = archive
    assert fetch_gtzan(server.url.replace("http", "HTTP"), tmp_path / "gtzan").found["blues"] == 1


def test_an_address_may_be_longer_than_the_name_of_a_file(tmp_path, server, archive):
    server.body = archive
    assert fetch_gtzan(f"{server.url}{'a' * 300}", tmp_path / "gtzan").found["blues"] == 1


def test_a_disk_too_small_is_told_before_the_download(tmp_path, server, archive, monkeypatch):
    server.body = archive
    monkeypatch.setattr(download.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(UserError, match="make room"):
        fetch_gtzan(server.url, tmp_path / "gtzan")


def test_a_disk_that_fills_while_extracting_keeps_the_archive(tmp_path, server, archive, monkeypatch):
    server.body = archive

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(fetch, "extract", full)
        with pytest.raises(UserError, match="full: make room"):
            fetch_gtzan(server.url, tmp_path / "gtzan")
    fetch_gtzan(server.url, tmp_path / "gtzan")
    assert len(server.requests) == 1


def test_a_damaged_archive_is_removed_so_that_the_next_run_gets_it_anew(tmp_path, server, archive):
    damaged = bytearray(archive)
    damaged[-6] ^= 1  # in gzip's own checksum, behind the last file
    server.body = bytes(damaged)
    with pytest.raises(UserError, match="damaged"):
        fetch_gtzan(server.url, tmp_path / "data" / "gtzan")
    assert left(tmp_path / "data") == []
    server.body = archive
    assert fetch_gtzan(server.url, tmp_path / "data" / "gtzan").found["blues"] == 1


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_zip_of_any_packing_is_removed(tmp_path, server, packing):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as file:
        file.writestr("genres/blues/blues.00000.wav", os.urandom(3000) * 20)
    damaged = bytearray(packed.getvalue())
    damaged[500] ^= 0xFF
    server.body = bytes(damaged)
    with pytest.raises(UserError, match="not a tar or zip archive, or a damaged one"):
        fetch_gtzan(server.url, tmp_path / "data" / "gtzan")
    assert left(tmp_path / "data") == []


@pytest.mark.parametrize("time", ["1e400", "nan", "1e30", "99999999999999999999"])
def test_a_tar_with_an_impossible_time_is_damaged(tmp_path, time):
    member = tarfile.TarInfo("genres/blues/blues.00000.wav")
    member.pax_headers = {"mtime": time}
    (tmp_path / "a.tar.gz").write_bytes(tar({member.name: member}))
    with pytest.raises(UserError, match="damaged"):
        extract(tmp_path / "a.tar.gz", tmp_path)


@pytest.mark.parametrize("body", [b"<html>please log in</html>", b"", tar({"genres.txt": b"?"})])
def test_what_is_not_gtzan_is_refused(tmp_path, server, body):
    server.body = body
    with pytest.raises(UserError, match=r"not a tar or zip archive|holds no GTZAN"):
        fetch_gtzan(server.url, tmp_path / "gtzan")
    assert not (tmp_path / "gtzan").exists()


MALICIOUS = {
    "parent": {"../evil": b"evil"},
    "deeper parent": {"genres/../../evil": b"evil"},
    "absolute": {"/tmp/evil": b"evil"},
    "windows": {"..\\evil": b"evil"},
    "drive": {"C:/evil": b"evil"},
    "symlink": {"a": link("a", "/etc"), "a/evil": b"evil"},
    "hard link": {"a": link("a", "../evil", tarfile.LNKTYPE)},
    "device": {"a": link("a", "", tarfile.CHRTYPE)},
}


@pytest.mark.parametrize("kind", MALICIOUS)
def test_nothing_lands_outside_the_target(tmp_path, kind):
    (tmp_path / "bad.tar.gz").write_bytes(tar(MALICIOUS[kind]))
    (tmp_path / "in" / "target").mkdir(parents=True)
    with pytest.raises(UserError, match="not extracted"):
        extract(tmp_path / "bad.tar.gz", tmp_path / "in" / "target")
    assert left(tmp_path) == ["bad.tar.gz", "in"]
    assert left(tmp_path / "in") == ["target"]
    assert left(tmp_path / "in" / "target") == []


@pytest.mark.parametrize("name", ["../evil", "/evil", "link"])
def test_a_zip_is_held_to_the_same_rules(tmp_path, name):
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o120777 << 16 if name == "link" else 0o644 << 16
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as file:
        file.writestr(member, "/etc")
    (tmp_path / "target").mkdir()
    with pytest.raises(UserError, match="not extracted"):
        extract(tmp_path / "bad.zip", tmp_path / "target")
    assert left(tmp_path) == ["bad.zip", "target"]
    assert left(tmp_path / "target") == []


def pax(size: int) -> bytes:
    """The beginning of an archive whose first extended header claims so many bytes."""
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, size
    return header.tobuf(tarfile.USTAR_FORMAT) + bytes(1024)


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "zip"])
@pytest.mark.parametrize("bound", ["MOST_BYTES", "LARGEST_MEMBER", "MOST_MEMBERS", "MOST_TIMES_PACKED"])
def test_an_archive_is_bounded_while_it_is_read(tmp_path, monkeypatch, suffix, bound):
    names = [f"genres/blues/blues.{i:05d}.wav" for i in range(8)]
    path = tmp_path / f"bomb.{suffix}"
    if suffix == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name in names:
                file.writestr(name, bytes(100_000))
    else:
        content = tar({name: bytes(100_000) for name in names})
        path.write_bytes(content if suffix == "tar.gz" else gzip.decompress(content))
    limits = {"MOST_BYTES": 300_000, "LARGEST_MEMBER": 50_000, "MOST_MEMBERS": 3, "MOST_TIMES_PACKED": 0.5}
    monkeypatch.setattr(archives, "SMALL", 1000)
    if bound != "MOST_TIMES_PACKED":
        monkeypatch.setattr(archives, "MOST_TIMES_PACKED", 10_000)
    monkeypatch.setattr(archives, bound, limits[bound])
    (tmp_path / "target").mkdir()
    with pytest.raises(UserError, match="not extracted"):
        extract(path, tmp_path / "target")
    written = sum(file.stat().st_size for file in (tmp_path / "target").rglob("*.wav"))
    assert written <= 500_000


def test_a_header_of_gigabytes_is_not_read(tmp_path):
    (tmp_path / "a.tar").write_bytes(pax(1 << 30))
    with pytest.raises(UserError, match="header"):
        extract(tmp_path / "a.tar", tmp_path)


def test_a_tar_that_ends_between_two_files_is_damaged(tmp_path):
    whole = gzip.decompress(tar({"genres/blues/a.wav": b"x", "genres/rock/b.wav": b"x"}))
    for end in (1024, 1100):
        (tmp_path / "a.tar").write_bytes(whole[:end])
        with pytest.raises(UserError, match="damaged"):
            extract(tmp_path / "a.tar", tmp_path)


def test_names_that_no_folder_can_hold_are_one_sentence(tmp_path):
    for i, names in enumerate((["a", "a/b"], ["a/b", "a"], ["x" * 300])):
        (tmp_path / "a.tar.gz").write_bytes(tar(dict.fromkeys(names, b"x")))
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
            for name in names:
                file.writestr(name, b"x")
        for suffix in ("tar.gz", "zip"):
            target = tmp_path / f"{i}{suffix}"
            target.mkdir()
            with pytest.raises(UserError, match="cannot be extracted"):
                extract(tmp_path / f"a.{suffix}", target)


def test_a_zip_that_lies_about_its_sizes_is_counted(tmp_path, monkeypatch):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("genres/blues/blues.00000.wav", bytes(200_000))
    data = path.read_bytes()
    path.write_bytes(data.replace((200_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    (tmp_path / "target").mkdir()
    with pytest.raises(UserError, match="damaged"):
        extract(path, tmp_path / "target")
    assert sum(file.stat().st_size for file in (tmp_path / "target").rglob("*.wav")) <= 10


def test_a_server_that_sends_without_end_is_left(tmp_path, server, monkeypatch):
    server.body = bytes(100_000)
    monkeypatch.setattr(download, "LARGEST", 50_000)
    with pytest.raises(UserError, match="larger than"):
        fetch_gtzan(server.url, tmp_path / "gtzan")


@pytest.mark.parametrize("address", ["{}/a b.zip", "file://{}/a b.zip", "FILE://{}/a%20b.zip"])
def test_the_kaggle_zip_is_taken_from_this_machine_and_kept(tmp_path, address):
    with zipfile.ZipFile(tmp_path / "a b.zip", "w") as file:
        for seed, genre in enumerate(("blues", "rock")):
            file.writestr(f"Data/genres_original/{genre}/{genre}.00000.wav", wav(tmp_path, seed))
    report = fetch_gtzan(address.format(tmp_path), tmp_path / "gtzan")
    assert report.found["rock"] == 1
    assert (tmp_path / "a b.zip").exists()


def test_a_folder_in_use_is_not_touched(tmp_path, server, archive):
    server.body = archive
    (tmp_path / "gtzan").mkdir()
    (tmp_path / "gtzan" / "mine").touch()
    with pytest.raises(UserError, match="exists already"):
        fetch_gtzan(server.url, tmp_path / "gtzan")
    assert left(tmp_path / "gtzan") == ["mine"]
    assert not server.requests


def test_the_command_says_what_it_got(tmp_path, server, archive, capsys):
    server.body = archive
    assert main(["data", "fetch", "--url", server.url, "--to", str(tmp_path / "gtzan")]) == 1
    out = capsys.readouterr().out
    assert "2 of 1000 tracks" in out
    assert str(tmp_path / "gtzan") in out
