"""The ten genres' rules, one file each."""

from gtzan.corpora.composer.style import Style
from gtzan.corpora.composer.styles import blues, classical, country, disco, hiphop, jazz, metal, pop, reggae, rock

STYLES: dict[str, Style] = {
    "blues": blues.STYLE,
    "classical": classical.STYLE,
    "country": country.STYLE,
    "disco": disco.STYLE,
    "hiphop": hiphop.STYLE,
    "jazz": jazz.STYLE,
    "metal": metal.STYLE,
    "pop": pop.STYLE,
    "reggae": reggae.STYLE,
    "rock": rock.STYLE,
}
