import subprocess
import sys


def run(code: str) -> str:
    """What a fresh interpreter prints: torchaudio's import is a once-per-process affair."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


BROKEN_EXTENSION = """
import sys, torch
def load_library(path):
    raise OSError("libc10_cuda.so: cannot open shared object file")
torch.ops.load_library = load_library
"""


def test_stand_in_makes_torchaudio_importable_beside_a_cpu_torch():
    code = BROKEN_EXTENSION + (
        "from gtzan.audio._torchaudio import torchaudio\n"
        "import torchaudio.transforms\n"
        "print(torchaudio._extension._IS_TORCHAUDIO_EXT_AVAILABLE, sys.modules['torchaudio'] is torchaudio)\n"
        "print(torchaudio.transforms.MFCC(22050, n_mfcc=13)(torch.zeros(1, 22050)).shape[:2])\n"
        "one = torch.tensor([1.0, 0.0])\n"
        "print(torchaudio.functional.lfilter(torch.ones(1, 4), one, one).tolist())"
    )
    assert run(code).splitlines() == ["False True", "torch.Size([1, 13])", "[[1.0, 1.0, 1.0, 1.0]]"]


def test_a_working_extension_is_left_alone():
    code = (
        "import sys, types\n"
        "real = types.ModuleType('torchaudio')\n"
        "sys.modules['torchaudio'] = real\n"
        "from gtzan.audio._torchaudio import torchaudio\n"
        "print(torchaudio is real, 'torchaudio._extension' in sys.modules)"
    )
    assert run(code) == "True False\n"


def test_other_failures_are_not_hidden():
    code = (
        "import sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'torchaudio':\n"
        "            raise OSError('disk on fire')\n"
        "sys.meta_path.insert(0, Finder())\n"
        "try:\n"
        "    import gtzan.audio._torchaudio\n"
        "except OSError as error:\n"
        "    print(error, 'torchaudio._extension' in sys.modules)"
    )
    assert run(code) == "disk on fire False\n"
