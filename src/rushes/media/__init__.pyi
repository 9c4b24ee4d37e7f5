from rushes.media.fitting import fit as fit
