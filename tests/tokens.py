"""A PKCS#11 token in software (SoftHSM 2) for tests, empty for each."""

import subprocess
from collections.abc import Iterator

import pytest

MODULE = "/usr/lib/softhsm/libsofthsm2.so"  # where Debian's softhsm2 has it
PIN = "4711"
TOKENS = 8


@pytest.fixture(scope="session")
def soft_tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[str]]:
    """URIs of empty tokens, made before the first use: the module looks for them once a process."""
    folder = tmp_path_factory.mktemp("tokens")
    (folder / "tokens").mkdir()
    (folder / "pin").write_text(PIN + "\n")
    file = folder / "softhsm2.conf"
    file.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SOFTHSM2_CONF", str(file))
        for number in range(TOKENS):
            told = ["--free", "--label", f"zaiseki-{number}", "--pin", PIN, "--so-pin", PIN]
            init = ["softhsm2-util", "--init-token", *told]
            subprocess.run(init, check=True, capture_output=True)
        tail = f"?module-path={MODULE}&pin-source={folder / 'pin'}"
        yield iter([f"pkcs11:token=zaiseki-{number}{tail}" for number in range(TOKENS)])


@pytest.fixture
def token_uri(soft_tokens: Iterator[str]) -> str:
    """An empty token of the test's own, as ZAISEKI_PKCS11 names it."""
    return next(soft_tokens)
